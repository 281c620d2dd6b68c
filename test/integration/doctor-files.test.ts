import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createFetchAdministration } from '../../src/app/fetches.ts';
import { createSealer } from '../../src/auth/seal.ts';
import { checkFiles } from '../../src/cli/doctor/check-files.ts';
import { inOrganization } from '../../src/state/in-transaction.ts';
import { createTestDatabase, type TestDatabase } from '../../src/testing/with-database.ts';
import { createOrganization } from './access-set-up.ts';

let database: TestDatabase;
let organizationId: number;
let sourceSystemId: number;

beforeAll(async () => {
  database = await createTestDatabase();
  ({ organizationId, sourceSystemId } = await createOrganization(database.pool));
});

afterAll(() => database.drop());

const doctor = () => checkFiles(database.pool, organizationId, 'school');

function change(name: string, assignments: string): Promise<unknown> {
  return inOrganization(database.pool, organizationId, (client) =>
    client.query(`update file_fetch set ${assignments} where name = '${name}'`),
  );
}

async function add(name: string, changes: object = {}): Promise<void> {
  const fetches = createFetchAdministration(database.pool, createSealer(randomBytes(32)));
  const wish = {
    address: 'https://sis.example.edu/night.zip',
    fileName: 'night.zip',
    schedule: '30 2 * * *',
    timeZone: 'UTC',
    enabled: true,
    authentication: 'none',
    tls: {},
    secrets: {},
    ...changes,
  };
  await fetches.put({ organizationId, sourceSystemId }, name, wish, { actor: 'test' });
}

test('doctor names addresses that fail, that are due and not fetched, and that are never due again', async () => {
  await add('nightly');
  expect(await doctor()).toEqual([expect.objectContaining({ level: 'ok' })]);

  const problem = { code: 'endpoint_tls', message: 'The certificate expired.\u001b[2J' };
  const last = JSON.stringify({ at: '2026-11-21T02:30:00.000Z', result: 'failed', problem });
  await change('nightly', `last = '${last.replaceAll('\u001b', '\\u001b')}'`);
  await add('stuck');
  await change('stuck', `next_at = now() - interval '20 minutes'`);
  await add('busy');
  await change('busy', `next_at = now() - interval '20 minutes', claimed_until = now() + interval '1 minute'`);
  await add('just-now');
  await change('just-now', 'next_at = now()');
  await add('off', { enabled: false });
  await change('off', `next_at = now() - interval '20 minutes', last = '${last.replaceAll('\u001b', '')}'`);
  await add('never');
  await change('never', 'next_at = null');

  const findings = await doctor();
  expect(findings.map(({ found }) => found)).toEqual([
    expect.stringMatching(/^the fetch nightly of \S+ failed at 2026-11-21T02:30:00.000Z: The certificate expired/),
    expect.stringMatching(/^the fetch stuck of \S+ has been due since /),
    expect.stringMatching(/^the fetch never of \S+ is never due again/),
  ]);
  expect(findings[0]?.found).not.toContain('\u001b');
  expect(findings[0]).toMatchObject({ advice: expect.stringMatching(/passerelle fetch now school \S+ nightly/) });

  await inOrganization(database.pool, organizationId, (client) =>
    client.query(`update source_system set state = 'disabled' where id = $1`, [sourceSystemId]),
  );
  expect(await doctor()).toEqual([expect.objectContaining({ level: 'ok' })]);
});
