import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { describeMessage, type MessageFile } from './find-messages.ts';

const fixtures = join(import.meta.dirname, '../../../test/fixtures');
const message = (dialect: string, name: string): MessageFile => {
  const path = join(fixtures, dialect, name, 'request.xml');
  return describeMessage(path, readFileSync(path));
};
const urlOf = (file: MessageFile): string =>
  file.completeUrl('http://gateway.example').replace('http://gateway.example', '');

describe('the address of a message', () => {
  it.each([
    ['lis2', 'create-person', '/d2l/im/ipsis/lis/pmsv2p0/PersonManagementServices.svc'],
    ['lis2', 'add-course-section-id', '/d2l/im/ipsis/lis/cmsv1p0/CourseSectionManagementServices.svc'],
    // Its body has no namespace.
    ['lis2', 'blackboard-replace-membership', '/d2l/im/ipsis/lis/mmsv2p0/MembershipManagementServices.svc'],
    ['lis2-record', 'membership', '/lis/record'],
    ['saip', 'create-person', '/saip/pms'],
    ['saip', 'create-section-association', '/saip/cms'],
    ['saip', 'bare-body-without-envelope', '/saip/cms'],
    ['saip', 'snapshot-groups-lower-case', '/saip/gms'],
    ['saip', 'snapshot-memberships-of-many', '/saip/mms'],
    ['ims-es1', 'create-persons', '/es1/pms'],
    ['ims-es1', 'read-memberships-for-group', '/es1/mms'],
    ['ims-enterprise', 'luminis-person', '/enterprise'],
    ['ims-enterprise', 'poor-form', '/enterprise'],
    ['ims-enterprise', 'several-documents', '/enterprise'],
    ['ims-enterprise', 'utf-16', '/enterprise'],
  ])('of %s, %s, is that of its dialect: %s', (dialect, name, path) => {
    expect(urlOf(message(dialect, name))).toBe(path);
  });

  it.each(['saip', 'ims-es1', 'lis2-record', 'ims-enterprise'])(
    'is known for every message of %s that is one',
    (dialect) => {
      const names = readdirSync(join(fixtures, dialect)).filter((name) => !name.startsWith('refused-'));
      for (const name of names) expect(urlOf(message(dialect, name))).not.toBe('');
    },
  );

  it.each([
    ['of no dialect', message('lis2', 'refused-unknown-operation'), 'nothing in it is of a dialect'],
    ['malformed', describeMessage('a.xml', Buffer.from('<person><name></person>')), 'not well-formed'],
    ['empty', describeMessage('a.xml', Buffer.alloc(0)), 'it is empty'],
    ['binary', describeMessage('a.xml', Buffer.from([0, 1, 2, 255, 254])), 'not valid UTF-8'],
  ])('is asked for where the file is %s; then it is sent as it is', (_, file, why) => {
    expect(() => urlOf(file)).toThrow('does not tell where it goes');
    expect(() => urlOf(file)).toThrow(why);
    expect(file.completeUrl('http://gateway.example/lis/pms')).toBe('http://gateway.example/lis/pms');
  });

  it('is that of REST messages for JSON; one that has a path already is left', () => {
    const json = describeMessage('batch.json', Buffer.from('[]'));
    expect([urlOf(json), json.contentType, json.isEnvelope]).toEqual(['/sis/v1/messages', 'application/json', false]);
    expect(json.completeUrl('https://lms.example/service')).toBe('https://lms.example/service');
  });
});

describe('what goes along with a message', () => {
  it.each([
    ['lis2', 'create-person', 'http://www.imsglobal.org/soap/lis/pms2p0/createPerson', 'text/xml; charset=utf-8'],
    ['saip', 'create-person', 'createPerson', 'text/xml; charset=utf-8'],
    ['ims-es1', 'create-persons', 'http://www.imsglobal.org/soap/pms/createPersons', 'text/xml; charset=utf-8'],
    ['lis2', 'no-declaration-soap-1.2', undefined, 'application/soap+xml; charset=utf-8'],
    ['lis2-record', 'membership', undefined, 'application/xml'],
    ['ims-enterprise', 'latin-1', undefined, 'application/xml'],
  ])('of %s, %s: the SOAPAction %s and the content type %s', (dialect, name, soapAction, contentType) => {
    const file = message(dialect, name);
    expect(file.contentType).toBe(contentType);
    if (soapAction !== undefined) expect(file.soapAction).toBe(soapAction);
    expect(file.isEnvelope).toBe(contentType !== 'application/xml');
  });
});
