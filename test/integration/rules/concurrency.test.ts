import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { inUnit, membership, person } from '../../oracle/commands.ts';
import { readFeed } from '../../oracle/feed.ts';
import { createStore, write } from '../../oracle/harness.ts';
import { courseWithSections, useSetting } from './setting.ts';

const setting = useSetting();

describe('rule 1: one writer at a time per organization', () => {
  test('rule 1: a message waits for the lane and then sees all that committed before', async () => {
    const { database, organization } = setting;
    await organization.send('lis', person('P1'), ...courseWithSections('S1'));
    const holder = await database.pool.connect();
    await holder.query('begin');
    await holder.query(`select set_config('passerelle.organization_id', $1, true)`, [String(organization.id)]);
    await holder.query('select from lane where organization_id = $1 for update', [organization.id]);

    const sent = organization.send('lis', membership('M1', 'P1', inUnit('section', 'S1')));
    expect(await Promise.race([sent, sleep(200, 'it waits')])).toBe('it waits');

    await holder.query(`update declared_user set live = live where organization_id = $1`, [organization.id]);
    await holder.query('commit');
    holder.release();
    expect(await sent).toMatchObject([{ status: 'created' }]);
  });

  test('rule 1: an edit of a map waits for the lane, too', async () => {
    const { database, organization } = setting;
    const holder = await database.pool.connect();
    await holder.query('begin');
    await holder.query(`select set_config('passerelle.organization_id', $1, true)`, [String(organization.id)]);
    await holder.query('select from lane where organization_id = $1 for update', [organization.id]);

    const edited = organization.edit({ edit: 'role', source: 'lis', sisRole: 'Mentor', to: 'assistant' });
    expect(await Promise.race([edited, sleep(200, 'it waits')])).toBe('it waits');
    await holder.query('commit');
    holder.release();
    await edited;
  });

  test('rule 1: another organization does not wait', async () => {
    const { database, organization } = setting;
    const other = await setting.found({});
    const holder = await database.pool.connect();
    await holder.query('begin');
    await holder.query(`select set_config('passerelle.organization_id', $1, true)`, [String(organization.id)]);
    await holder.query('select from lane where organization_id = $1 for update', [organization.id]);

    expect(await other.send('lis', person('P1'))).toMatchObject([{ status: 'created' }]);
    await holder.query('rollback');
    holder.release();
  });

  test('rule 1: the last part of an enrollment projects it, whichever connection it comes on', async () => {
    const { database, organization } = setting;
    const stores = [createStore(database.pool), createStore(database.pool), createStore(database.pool)];
    const parts = [person('P1'), ...courseWithSections('S1'), membership('M1', 'P1', inUnit('section', 'S1'))];
    const lis = organization.sources.get('lis')!;
    await Promise.all(parts.map((part, index) => write(stores[index % stores.length]!, lis, [part])));
    await Promise.all(stores.map((store) => store.close()));

    const { enrollments, waits } = await setting.look();
    expect(waits).toEqual({});
    expect(Object.keys(enrollments)).toHaveLength(2);
  });
});

describe('rule 2: the feed has no gaps and follows the order of commits', () => {
  test('rule 2: numbers of concurrent messages are 1, 2, 3...', async () => {
    const { database, organization } = setting;
    const stores = [createStore(database.pool), createStore(database.pool)];
    const lis = organization.sources.get('lis')!;
    const people = Array.from({ length: 60 }, (_, index) => person(`P${index}`));
    await Promise.all(people.map((one, index) => write(stores[index % 2]!, lis, [one])));
    await Promise.all(stores.map((store) => store.close()));

    const feed = await readFeed(database.pool, organization.id);
    expect(feed.map((change) => change.seq)).toEqual(people.map((_, index) => index + 1));
  });

  test('rule 2: what was rolled back leaves no gap', async () => {
    const { organization } = setting;
    const broken = person('bad\u0000id');
    await Promise.allSettled([
      organization.send('lis', person('P1')),
      organization.send('lis', broken),
      organization.send('lis', person('P2')),
    ]);
    const feed = await readFeed(setting.database.pool, organization.id);
    expect(feed.map((change) => change.seq)).toEqual([1, 2]);
  });
});

describe('rule 3: each message of a shared transaction has its own outcome', () => {
  test('rule 3: one that the database cannot take does not harm the others', async () => {
    const { organization } = setting;
    const badDate = { role: 'Learner', active: true, startsAt: 'the first of September' };
    const results = await Promise.allSettled([
      organization.send('lis', person('P1')),
      organization.send('lis', ...courseWithSections('S1')),
      organization.send('lis', membership('M1', 'P1', inUnit('section', 'S1'), badDate)),
      organization.send('lis', membership('M2', 'P1', inUnit('section', 'S1'))),
    ]);
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(results[2]).toMatchObject({ reason: { code: 'invalid_data' } });
    const rows = await setting.query('select from declared_enrollment');
    expect(rows).toHaveLength(1);
  });

  test('rule 3: when the connection dies before the commit the message is applied once all the same', async () => {
    const { database, organization } = setting;
    const holder = await database.pool.connect();
    await holder.query('begin');
    await holder.query(`select set_config('passerelle.organization_id', $1, true)`, [String(organization.id)]);
    await holder.query('select from lane where organization_id = $1 for update', [organization.id]);
    const sent = organization.send('lis', person('P1'));
    await sleep(200);
    const { rows } = await holder.query<{ pid: number }>(
      `select pg_terminate_backend(pid), pid from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`,
    );
    expect(rows).toHaveLength(1);
    await holder.query('commit');
    holder.release();

    expect(await sent).toMatchObject([{ status: 'created' }]);
    expect(await readFeed(database.pool, organization.id)).toHaveLength(1);
  });
});
