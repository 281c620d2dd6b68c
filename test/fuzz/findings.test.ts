import { describe, expect, it } from '@jest/globals';
import { faultOf } from './judge.ts';
import { targets } from './targets.ts';

/** What was found once, too large to be kept as files: each must be taken or refused in bounded time. */
const long = 'x'.repeat(900);
const manyParents =
  '<relationship relation="1"><relation>Parent</relation><sourcedId>a</sourcedId><sourcedid><id>a</id></sourcedid></relationship>';
const deepExtension = `<extension>${`<${long}>`.repeat(90)}${'<a>b</a>'.repeat(9_000)}${`</${long}>`.repeat(90)}</extension>`;

const enterprise = (content: string): string =>
  `<group><sourcedid><id>1</id></sourcedid><grouptype><typevalue>T</typevalue></grouptype><description><short>x</short></description>${content}</group>`;
const lis = (content: string): string =>
  `<groupRecord><sourcedGUID><sourcedId>1</sourcedId></sourcedGUID><group><groupType><typevalue><id>T</id></typevalue></groupType><description><shortDescription>x</shortDescription></description>${content}</group></groupRecord>`;

const members = '<members><sourcedId>p</sourcedId><role><roleType>Learner</roleType></role></members>'.repeat(10_000);
const peopleSoft = (operation: string): string =>
  `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><${operation}Request><sourcedId>1</sourcedId><membership><sourcedId>1</sourcedId><CollectionSourcedID>c</CollectionSourcedID>${members}</membership></${operation}Request></s:Body></s:Envelope>`;

describe('a finding', () => {
  it.each([
    ['lis2-record', 'a group of very many parents', lis(manyParents.repeat(15_000))],
    ['ims-enterprise', 'a group of very many parents', enterprise(manyParents.repeat(15_000))],
    ['saip', 'a membership of ten thousand members', peopleSoft('replaceMembership')],
    ['saip', 'a delete of ten thousand members', peopleSoft('deleteMembership')],
    ['ims-enterprise', 'an extension whose paths are far longer than itself', enterprise(deepExtension)],
  ])('%s: %s', (name, _, message) => {
    const target = targets.find((each) => each.name === name)!;
    expect(Buffer.byteLength(message)).toBeLessThan(2 * 1024 * 1024);
    expect(faultOf(target, Buffer.from(message))).toBeUndefined();
  });

  it('saip: a message holds at most a thousand memberships, also in one membership', () => {
    const target = targets.find(({ name }) => name === 'saip')!;
    for (const operation of ['createMembership', 'replaceMembership', 'updateMembership', 'deleteMembership'])
      expect(() => target.run(Buffer.from(peopleSoft(operation)))).toThrow('The membership has 10000 members');
  });
});
