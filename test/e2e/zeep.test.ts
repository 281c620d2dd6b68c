import { describe, expect, it } from '@jest/globals';
import { hasZeep, runZeep } from './run-zeep.ts';
import { withSoapDoor } from './wsdl-gateway.ts';
import { samples } from './wsdl-records.ts';

describe('zeep, a SOAP client that we did not write', () => {
  if (!hasZeep) {
    it.skip('is not installed: apt-get install python3-zeep', () => undefined);
    return;
  }

  it('replaces, reads and deletes a record of every kind from our WSDLs', async () => {
    const answers = await withSoapDoor((baseUrl) => runZeep<Answers[]>('zeep_client.py', { baseUrl, samples }));
    expect(answers).toHaveLength(samples.length);
    answers.forEach((answer, index) => {
      const { object, sourcedId } = samples[index]!;
      expect([object, ...Object.values(answer).map(statusOf)]).toEqual([
        object,
        'failure/error/unknownobject zeep-1',
        'success/status/fullsuccess zeep-1',
        'success/status/fullsuccess zeep-1',
        'success/status/fullsuccess zeep-1',
        'success/warning/partialdatastorage zeep-1',
        'success/status/fullsuccess zeep-1',
        'failure/error/unknownquery zeep-1',
        'success/status/fullsuccess zeep-1',
      ]);
      for (const part of [answer.read, answer.ids, answer.many, answer.since])
        expect(JSON.stringify(part.body)).toContain(sourcedId);
      expect(JSON.stringify(answer.since.body)).toContain('2026-01-12');
    });
    expect(JSON.stringify(answers[0]?.read.body)).toContain('Ångström & Søn');
  });
});

type ZeepAnswer = {
  header: { HeaderInfoResponse: { imsx_statusInfo: Record<string, unknown> } };
  body: unknown;
};
type Answers = Record<'unknown' | 'replace' | 'read' | 'ids' | 'many' | 'since' | 'query' | 'delete', ZeepAnswer>;

function statusOf({ header }: ZeepAnswer): string {
  const info = header.HeaderInfoResponse.imsx_statusInfo;
  const { imsx_codeMajor, imsx_severity, imsx_messageRefIdentifier, imsx_codeMinor } = info as Record<
    string,
    string
  > & {
    imsx_codeMinor: { imsx_codeMinorField: { imsx_codeMinorFieldValue: string }[] };
  };
  return `${imsx_codeMajor}/${imsx_severity}/${imsx_codeMinor.imsx_codeMinorField[0]?.imsx_codeMinorFieldValue} ${imsx_messageRefIdentifier}`;
}
