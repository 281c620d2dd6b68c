import { exampleEnrollment } from '../app/demo/first-records.ts';
import type { DemoAccount } from '../app/demo/set-up-demo.ts';
import type { SealingKey } from '../app/sealing-key.ts';
import { soapVersions } from '../formats/soap/index.ts';
import { envelopeOf, replaceMembership } from './demo/lis-messages.ts';
import { framed } from './output.ts';

/** What the start says to the person at the terminal, beside the log. */
export function welcome(url: string, account: DemoAccount, key: SealingKey, databaseUrl: string | undefined): string {
  const lines = [`Passerelle serves on ${url}`, ''];
  if (account.is === 'created') lines.push(...created(url, account));
  if (account.is === 'there') lines.push(...there(url));
  if (key.from === 'made') lines.push('', ...keyMade(key, databaseUrl));
  return framed(lines);
}

function created(url: string, { userName, password, token }: Extract<DemoAccount, { is: 'created' }>): string[] {
  return [
    'The demonstration organization "demo" is ready. These credentials are shown this once:',
    '',
    `  source system  banner (like Banner with Ellucian ILP)`,
    `  user name      ${userName}`,
    `  password       ${password}`,
    `  API token      ${token}`,
    '',
    'Enroll somebody, as a student information system would (LIS 2.0, SOAP):',
    '',
    exampleCurl(url, userName, password),
    '',
    'See what the LMS now sees:',
    '',
    `curl -sS -H ${quoted(`Authorization: Bearer ${token}`)} ${url}/api/v1/enrollments`,
    '',
    'Play a whole term into it:  npm run demo',
    `Read on:                    ${url}/docs`,
  ];
}

function there(url: string): string[] {
  return [
    'The demonstration organization "demo" is there; its credentials were shown at the first start. For new ones:',
    '',
    '  npx passerelle source credential create demo banner --user NAME --kind sealed',
    '  npx passerelle token create LABEL --org demo',
    '',
    `Read on: ${url}/docs`,
  ];
}

function keyMade({ file }: SealingKey, databaseUrl: string | undefined): string[] {
  const made = `A sealing key was made: ${file}`;
  if (databaseUrl === undefined)
    return [made, 'It opens stored messages and secrets. Keep it with your backups, apart from them.'];
  return [
    made,
    'Keep it: without it, what the database of DATABASE_URL holds sealed cannot be opened. Every gateway process on',
    'that database needs the same key: set PASSERELLE_KEY to the content of this file.',
  ];
}

/** One line that a shell takes as it is. */
function exampleCurl(url: string, userName: string, password: string): string {
  const { sourcedId, person, section } = exampleEnrollment;
  const request = replaceMembership({ id: sourcedId, person, section, role: 'Learner' });
  const envelope = envelopeOf(request, '1.1').replace(/^<\?xml[^>]*\?>\s*/, '');
  return [
    `curl -sS -u ${quoted(`${userName}:${password}`)}`,
    `-H ${quoted(`Content-Type: ${soapVersions['1.1'].contentType}`)}`,
    `--data-binary ${quoted(envelope)}`,
    `${url}/lis/mms`,
  ].join(' ');
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
