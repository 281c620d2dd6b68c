import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { withSoapDoor } from './wsdl-gateway.ts';
import { samples } from './wsdl-records.ts';

/** Debian's python3-zeep, under the system's own Python. */
const python = '/usr/bin/python3';
const installed = spawnSync(python, ['-c', 'import zeep']).status === 0;

describe('zeep, a SOAP client that we did not write', () => {
  if (!installed) {
    it.skip('is not installed: apt-get install python3-zeep', () => undefined);
    return;
  }

  it('replaces, reads and deletes a record of every kind from our WSDLs', async () => {
    const answers = await withSoapDoor((baseUrl) => drive({ baseUrl, samples }));
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

async function drive(task: object): Promise<Answers[]> {
  const child = spawn(python, [join(import.meta.dirname, 'zeep_client.py')]);
  child.stdin.end(JSON.stringify(task));
  let output = '';
  let errors = '';
  child.stdout.on('data', (part) => (output += String(part)));
  child.stderr.on('data', (part) => (errors += String(part)));
  const status = await new Promise((resolve) => child.once('close', resolve));
  if (status !== 0) throw new Error(errors);
  return JSON.parse(output) as Answers[];
}

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
