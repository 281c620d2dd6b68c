import { afterEach, describe, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import type { Relation } from '../../../src/domain/entities.ts';
import { enterLane } from '../../../src/state/lane.ts';
import { placeRelationsSql } from '../../../src/state/projection/place-relations.ts';
import { settleRelationsSql } from '../../../src/state/projection/relations.ts';
import { judgeUsersSql } from '../../../src/state/projection/users-judge.ts';
import { inUnit, membership, person, remove } from '../../oracle/commands.ts';
import { rowsRead } from './rows-read.ts';
import { courseWithSections, useSetting } from './setting.ts';

const setting = useSetting();
const auditor = (sourcedId: string): Relation => ({ kind: 'auditor', sourcedId });

afterEach(() => {
  jest.restoreAllMocks();
});

/** The named statements about relations that some work sends. */
async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const sent = jest.spyOn(pg.Client.prototype, 'query');
  sent.mockClear();
  await work();
  const names = sent.mock.calls.map(([query]) => (query as { name?: string } | null)?.name ?? '');
  return names.filter((name) => name.includes('relation'));
}

describe('who uses no relations pays for none', () => {
  test('persons without relations, and enrollments, send no statement more', async () => {
    const { organization } = setting;
    await organization.send('lis', person('A1'), person('P1', { relations: [auditor('A1')] }));
    await organization.send('lis', ...courseWithSections('S1'));
    const without = statementsOf(async () => {
      await organization.send('lis', person('P2'), membership('M1', 'P2', inUnit('section', 'S1')));
      await organization.send('lis', membership('M2', 'P1', inUnit('section', 'S1')));
      await organization.send('lis', remove(person('P2')));
    });
    expect(await without).toEqual([]);
  });

  test('with them there are two, and a third where one who is named comes or goes', async () => {
    const { organization } = setting;
    const states = () => organization.send('lis', person('P1', { givenName: 'Zoé', relations: [auditor('A1')] }));
    expect(await statementsOf(states)).toEqual(['project_relation_place']);
    expect(await statementsOf(() => organization.send('lis', person('A1')))).toEqual([
      'project_relation_dependants',
      'project_relation_place',
      'project_relation_settle',
    ]);
    expect(await statementsOf(states)).toEqual([]);
    expect(await statementsOf(() => organization.send('lis', person('A1', { givenName: 'Ida' })))).toEqual([]);
  });

  test('however many relations others have, it is not theirs that are read', async () => {
    const { organization } = setting;
    await organization.send('lis', person('A1'), person('P1', { relations: [auditor('A1')] }));
    const [user, agent] = [await setting.lmsId('lis/person/P1'), await setting.lmsId('lis/person/A1')];
    const source = organization.sources.get('lis')!.id;
    const client = await setting.database.pool.connect();
    try {
      const lane = await enterLane(client, organization.id, { reason: 'message' });
      await client.query(
        `insert into declared_relation (organization_id, source_system_id, sourced_id, kind, agent_sourced_id, user_id, agent_id)
         select $1, $2, 'other-' || n, 'auditor', 'agent-' || n % 100, 1000000 + n, 2000000 + n % 100 from generate_series(1, 3000) n`,
        [organization.id, source],
      );
      await client.query(
        `insert into lms_relation (organization_id, user_id, agent_id, kind)
         select $1, 1000000 + n, 2000000 + n % 100, 'auditor' from generate_series(1, 3000) n`,
        [organization.id],
      );
      // One of its own ends: what settles it finds its row, and writes it.
      await client.query('delete from declared_relation where organization_id = $1 and sourced_id = $2', [
        organization.id,
        'P1',
      ]);
      const { organizationId, sourcesJson, changeIdHead } = lane;
      const keys = [organizationId, [source], ['P1']];
      const pair = [organizationId, [user], [agent], ['auditor'], [uuid]];
      const read = [
        await rowsRead(client, judgeUsersSql, [...keys, sourcesJson], 'declared_relation'),
        await rowsRead(client, placeRelationsSql, [...keys, []], 'declared_relation'),
        await rowsRead(client, settleRelationsSql, [...pair, 1_000, changeIdHead, '{}'], 'declared_relation'),
        await rowsRead(client, settleRelationsSql, [...pair, 2_000, changeIdHead, '{}'], 'lms_relation'),
      ];
      expect(read.filter((rows) => rows > 3)).toEqual([]);
    } finally {
      await client.query('rollback');
      client.release();
    }
  });
});

const uuid = '01a2006e-f354-7a39-bc3b-ae35d74bfaf1';
