import { expect, test } from '@jest/globals';
import { passerelle, startGateway, withVar } from './gateway-process.ts';

const short = ['demo', '--people', '40', '--enrollments', '150'];

test(
  'the demonstration starts its own gateway, plays the term, and tells what came of it',
  () =>
    withVar(async (varFolder) => {
      const { code, stdout, stderr } = await passerelle(short, { PASSERELLE_VAR: varFolder, PORT: '0' });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(section(stdout, 'What the LMS now sees')).toMatch(/\d+ +course_section/);
      expect(section(stdout, 'One course of it')).toMatch(/under course_offering/);
      const waiting = section(stdout, 'What is waiting, and why');
      for (const code of ['unmapped_role', 'unmapped_type', 'waiting_for_user', 'waiting_for_parent']) {
        expect(waiting).toContain(code);
      }
      expect(waiting).not.toContain('code_in_use');
      const refused = section(stdout, 'What was refused, and why');
      expect(refused).toContain('incomplete_data: The title is missing');
      const entries = refused.split(/\n(?= {2}\S)/);
      expect(entries).toHaveLength(9);
      for (const entry of entries) expect(entry).toMatch(/^ {2}\S.*\n {4}\S+: \S/);
      expect(stdout).toMatch(/a wrong password: wsse:FailedAuthentication/);
    }),
  180_000,
);

test(
  'played twice into a running gateway, it ends in the same state',
  () =>
    withVar(async (varFolder) => {
      const gateway = await startGateway({ PASSERELLE_VAR: varFolder });
      try {
        const first = await passerelle(short, { PASSERELLE_VAR: varFolder });
        const second = await passerelle(short, { PASSERELLE_VAR: varFolder });
        expect(first.stdout).toContain(`Playing into the gateway that runs on ${gateway.url}`);
        expect(second.code).toBe(0);
        for (const title of ['What the LMS now sees', 'What is waiting, and why']) {
          expect(section(second.stdout, title)).toBe(section(first.stdout, title));
        }
      } finally {
        await gateway.stop();
      }
    }),
  240_000,
);

/** The text under a title of the report, up to the next title. */
function section(stdout: string, title: string): string {
  const [, text = ''] = stdout.split(`${title}\n\n`);
  return text.split(/\n\n(?=\S)/)[0] ?? '';
}
