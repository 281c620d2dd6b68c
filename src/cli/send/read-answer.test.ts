import { describe, expect, test } from '@jest/globals';
import { readAnswer } from './read-answer.ts';

function xml(body: string, status = 200) {
  return readAnswer({ status, contentType: 'text/xml; charset=utf-8', body: Buffer.from(body) });
}

function json(value: unknown, status = 200) {
  return readAnswer({ status, contentType: 'application/json', body: Buffer.from(JSON.stringify(value)) });
}

const lis = (major: string, severity: string, minor: string): string =>
  `<E><H><imsx_statusInfo><imsx_codeMajor>${major}</imsx_codeMajor><imsx_severity>${severity}</imsx_severity>
   <imsx_description>why</imsx_description><imsx_codeMinor><imsx_codeMinorField>
   <imsx_codeMinorFieldValue>${minor}</imsx_codeMinorFieldValue></imsx_codeMinorField></imsx_codeMinor></imsx_statusInfo></H></E>`;

describe('what a receiver says is read', () => {
  test.each([
    ['success', 'status', 'fullsuccess', 'success'],
    ['Success', 'Warning', 'partialdatastorage', 'warning'],
    ['processing', 'status', '', 'success'],
    ['failure', 'status', 'invaliddata', 'failure'],
    ['unsupported', 'status', 'unsupportedLISoperation', 'failure'],
  ])('from a LIS status header: %s / %s / %s', (major, severity, minor, verdict) => {
    expect(xml(lis(major, severity, minor))).toMatchObject({ verdict, text: 'why' });
  });

  test('from the set of a plural operation, whose worst status counts', () => {
    const info = (major: string, severity: string, minor: string): string =>
      `<statusInfo><codeMajor>${major}</codeMajor><severity>${severity}</severity><codeMinor><codeMinorField>
       <codeMinorValue>${minor}</codeMinorValue></codeMinorField></codeMinor><description><language>en</language><text>why</text></description></statusInfo>`;
    const set = info('success', 'status', 'fullsuccess') + info('failure', 'error', 'incompletedata');
    expect(xml(`<E><H><statusInfoSet>${set}</statusInfoSet></H></E>`)).toEqual({
      verdict: 'failure',
      code: 'success / status / fullsuccess, failure / error / incompletedata',
      text: 'why; why',
    });
  });

  test('from the report of a door for bare XML', () => {
    const outcome = (status: string, problem = ''): string => `<outcome status="${status}">${problem}</outcome>`;
    const report = (outcomes: string): string => `<report messageId="m">${outcomes}</report>`;
    expect(xml(report(outcome('created')))).toMatchObject({ verdict: 'success', code: '200 created' });
    const waits = outcome('waiting', '<problem code="waiting_for_user">not there</problem>');
    expect(xml(report(outcome('created') + waits))).toMatchObject({
      verdict: 'warning',
      text: 'waiting_for_user: not there',
    });
    expect(xml(report(outcome('rejected', '<problem code="invalid_data">no</problem>')), 422)).toMatchObject({
      verdict: 'failure',
    });
  });

  test('from a fault of SOAP 1.1 and of SOAP 1.2', () => {
    expect(xml('<F><Fault><faultcode>soap:Client</faultcode><faultstring>no</faultstring></Fault></F>', 500)).toEqual({
      verdict: 'refused',
      code: 'soap:Client',
      text: 'no',
    });
    const twelve = '<F><Fault><Code><Value>soap:Sender</Value></Code><Reason><Text>no</Text></Reason></Fault></F>';
    expect(xml(twelve, 400)).toEqual({ verdict: 'refused', code: 'soap:Sender', text: 'no' });
  });

  test('from the outcomes of the REST door, the worst of several', () => {
    expect(json({ outcomes: [{ status: 'created', problems: [] }] })).toMatchObject({ verdict: 'success' });
    expect(json({ outcomes: [{ status: 'created' }, { status: 'rejected' }] })).toMatchObject({ verdict: 'failure' });
    expect(json({ status: 'rejected', problems: [{ code: 'invalid_data', message: 'no' }] }, 422)).toMatchObject({
      verdict: 'failure',
      text: 'invalid_data: no',
    });
    expect(json({ code: 'credentials_invalid', message: 'no' }, 401)).toEqual({
      verdict: 'refused',
      code: '401 credentials_invalid',
      text: 'no',
    });
  });

  test('from a status alone, where there is nothing to read', () => {
    const nothing = { contentType: '', body: Buffer.alloc(0) };
    expect(readAnswer({ ...nothing, status: 200 }).verdict).toBe('success');
    expect(readAnswer({ ...nothing, status: 502 }).verdict).toBe('refused');
  });
});
