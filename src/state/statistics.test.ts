import { expect, test } from '@jest/globals';
import type pg from 'pg';
import { createStatistics } from './statistics.ts';
import type { Growing } from './statistics.ts';

/** A connection to tables that hold so many rows, and the tables that were analyzed on it. */
function serverWith(rows: number) {
  const analyzed: string[] = [];
  let looks = 0;
  const query = (text: string) => {
    const [, tables] = /^analyze (?:\(skip_locked\) )?(.*)$/.exec(text) ?? [];
    if (tables === undefined) looks += 1;
    else analyzed.push(tables);
    return Promise.resolve({ rows: [{ rows }] });
  };
  const server = { query } as unknown as pg.Pool & pg.ClientBase;
  return { server, take: () => analyzed.splice(0), looks: () => looks };
}

const times = (count: number, entity: Growing = 'user') => Array.from({ length: count }, () => entity);

test('a table that grows from nothing is analyzed at 50 rows, and at four times the rows of the time before', async () => {
  const { server, take } = serverWith(0);
  const statistics = createStatistics();
  const at: number[] = [];
  for (let rows = 10; rows <= 1_000; rows += 10) {
    await statistics.declared(server, times(10));
    if (take().length > 0) at.push(rows);
  }
  expect(at).toEqual([50, 200, 800]);
});

test('the tables of what grew are analyzed before it is projected, and once more after the commit', async () => {
  const { server, take } = serverWith(0);
  const statistics = createStatistics();
  await statistics.declared(server, [...times(49), ...times(60, 'enrollment')]);
  expect(take()).toEqual(['declared_enrollment, lms_enrollment']);
  await statistics.declared(server, times(1));
  expect(take()).toEqual(['declared_user, link, lms_user']);
  await statistics.committed(server);
  expect(take()).toEqual(['declared_enrollment, declared_user, link, lms_enrollment, lms_user']);
  await statistics.committed(server);
  expect(take()).toEqual([]);
});

test('a process that starts on many rows looks once how many, and leaves them alone until they are four times as many', async () => {
  const { server, take, looks } = serverWith(1_000);
  const statistics = createStatistics();
  await statistics.declared(server, times(2_000));
  await statistics.declared(server, times(999));
  expect([take(), looks()]).toEqual([[], 1]);
  await statistics.declared(server, times(1));
  expect(take()).toHaveLength(1);
});
