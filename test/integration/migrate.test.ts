import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPool } from '../../src/postgres/connect.ts';
import { migrate } from '../../src/postgres/migrate.ts';
import { inOrganization, inTransaction } from '../../src/state/in-transaction.ts';
import { createOrganization } from '../../src/state/organizations.ts';
import { createTestDatabase, type TestDatabase } from '../../src/testing/with-database.ts';

let folder: string;
let db: TestDatabase;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'passerelle-migrations-'));
  db = await createTestDatabase({ empty: true });
  await write('0001-people.sql', 'create table person (id int); insert into person values (1); -- and no more');
});

afterEach(async () => {
  await db.drop();
  await rm(folder, { recursive: true });
});

test('migrations are applied once, in order, and named', async () => {
  await write('0002-names.sql', 'alter table person add name text;');
  expect(await migrate(db.pool, folder)).toEqual(['0001-people', '0002-names']);
  expect(await migrate(db.pool, folder)).toEqual([]);
  await write('0003-mail.sql', 'alter table person add mail text;');
  expect(await migrate(db.pool, folder)).toEqual(['0003-mail']);
  expect((await db.pool.query('select * from person')).rows).toEqual([{ id: 1, name: null, mail: null }]);
});

test('a failing migration changes nothing, and the ones before it neither', async () => {
  await write('0002-wrong.sql', 'alter table nobody add name text;');
  await expect(migrate(db.pool, folder)).rejects.toThrow(
    'Migration failed (0002-wrong); nothing was changed: relation "nobody" does not exist',
  );
  expect((await db.pool.query(`select to_regclass('person') as person`)).rows).toEqual([{ person: null }]);
});

test('processes that start together apply each migration once', async () => {
  const other = createPool({ database: db.address, max: 3 });
  const applied = await Promise.all([migrate(db.pool, folder), migrate(other, folder), migrate(other, folder)]);
  await other.end();
  expect(applied.flat()).toEqual(['0001-people']);
  expect((await db.pool.query('select id from person')).rows).toEqual([{ id: 1 }]);
});

test('a database of a newer version is refused with what to do', async () => {
  await write('0002-of-the-future.sql', 'create table marvel (id int);');
  await migrate(db.pool, folder);
  await rm(join(folder, '0002-of-the-future.sql'));
  await expect(migrate(db.pool, folder)).rejects.toThrow(
    'migrated by a newer version of passerelle (0002-of-the-future). Run that version or a later one',
  );
});

test('0003: a store that is there learns along which edges enrollments cascade, and keeps its rows apart', async () => {
  const former = join(folder, 'former');
  await mkdir(former);
  const product = join(import.meta.dirname, '../../db/migrations');
  for (const name of ['0001-core.sql', '0002-access.sql']) await copyFile(join(product, name), join(former, name));
  await migrate(db.pool, former);
  const id = await inTransaction(db.pool, (client) => createOrganization(client, 'north', 'North'));
  await inOrganization(db.pool, id, async (client) => {
    for (const [unit, base] of [
      [11, 'course_offering'],
      [12, 'course_section'],
      [13, 'department'],
    ] as const)
      await client.query(
        `with type as (insert into org_unit_type (organization_id, code, name, base) values ($1, $3, $3, $3) returning id)
         insert into lms_org_unit (organization_id, id, org_unit_type_id, code, code_key, fields, state)
         select $1, $2, type.id, $3, $3, '{}', 'active' from type`,
        [id, unit, base],
      );
    await client.query(
      `insert into lms_org_unit_parent (organization_id, org_unit_id, parent_id, position) values ($1, 12, 11, 0), ($1, 12, 13, 1), ($1, 11, 13, 0)`,
      [id],
    );
  });

  await migrate(db.pool);
  const edges = `select org_unit_id || ' ' || parent_id as edge from lms_org_unit_parent where cascades`;
  expect(
    await inOrganization(db.pool, id, async (client) => (await client.query<{ edge: string }>(edges)).rows),
  ).toEqual([{ edge: '12 11' }]);
  expect((await db.pool.query(edges)).rows).toEqual([]);
});

test('a badly named file is refused rather than left out', async () => {
  await write('2-people.sql', 'select 1');
  await expect(migrate(db.pool, folder)).rejects.toThrow("2-people.sql is no migration's name");
});

async function write(name: string, text: string): Promise<void> {
  await writeFile(join(folder, name), text);
}
