import { expect, test } from '@jest/globals';
import type { WriteCommand } from '../../../src/domain/command.ts';
import { presets } from '../../../src/domain/source-system.ts';
import { allocateIds } from '../../../src/state/allocate.ts';
import { enterLane, type Lane } from '../../../src/state/lane.ts';
import { readTargets } from '../../../src/state/rights/read-targets.ts';
import { inUnit, membership, person } from '../../oracle/commands.ts';
import { rowsRead } from './rows-read.ts';
import { useSetting } from './setting.ts';

/* Row-level security keeps a condition from an index unless Postgres knows that it leaks nothing. */

const setting = useSetting();
const many = 3_000;
const few = 10;

test('what rights are asked of is found by index, however much there is beside it', async () => {
  const fresh = membership('M1', 'P1', inUnit('section', 'NOT-YET'));
  const read = await readBy(
    `insert into declared_org_unit (organization_id, source_system_id, kind, sourced_id, fields, message_id)
     select $1, $2, 'section', 'other-' || n, '{"type": "CourseSection"}', gen_random_uuid() from generate_series(1, $3) n`,
    (lane, lis) => readTargets(lane, lis, [fresh]),
    'declared_org_unit',
  );
  expect(read).toBeLessThan(few);
});

test('the ids that were given are found by index', async () => {
  const command = { ...person('', { userName: 'ann' }), allocate: true } as WriteCommand;
  await setting.organization.send('lis', command);
  const read = await readBy(
    `insert into allocation (organization_id, source_system_id, kind, fields_hash, sourced_id, expires_at)
     select $1, $2, 'person', sha256(convert_to(n::text, 'UTF8')), n::text, now() + interval '1 hour' from generate_series(1, $3) n`,
    (lane, lis) =>
      allocateIds(lane, { id: lis, rank: 1, options: presets.lis }, [
        { command, sourceSystemId: lis, messageId: '00000000-0000-7000-8000-000000000000', answer: () => undefined },
      ]),
    'allocation',
  );
  expect(read).toBeGreaterThan(0);
  expect(read).toBeLessThan(few);
});

/** The rows that the first statement of `work` reads in a table into which `fill` put many; all of it is undone. */
async function readBy(
  fill: string,
  work: (lane: Lane, lis: number) => Promise<unknown>,
  table: string,
): Promise<number> {
  const client = await setting.database.pool.connect();
  try {
    const lis = setting.organization.sources.get('lis')!.id;
    const lane = await enterLane(client, setting.organization.id, { reason: 'message' });
    await client.query(fill, [lane.organizationId, lis, many]);
    await client.query(`analyze ${table}`);
    const sent: { text: string; values: unknown[] }[] = [];
    const spied = {
      query: (statement: { text: string; values: unknown[] }) => {
        sent.push(statement);
        return client.query(statement);
      },
    };
    await work({ ...lane, client: spied as never }, lis);
    const [first] = sent;
    return await rowsRead(client, first!.text, first!.values, table);
  } finally {
    await client.query('rollback');
    client.release();
  }
}
