import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createRunWorld, type RunWorld } from './set-up.ts';

let world: RunWorld;

beforeAll(async () => {
  world = await createRunWorld();
});

afterAll(() => world.close());

function fixture(dialect: string, name: string): Record<string, string> {
  const folder = join(import.meta.dirname, '../../fixtures', dialect, name);
  const files = readdirSync(folder).filter((file) => file.endsWith('.xml'));
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
}

/**
 * What is otherwise when the same comes again: changes, since a section that is replaced, then updated, goes there and back; and
 * errors, since who is created is there already.
 */
const packages = [
  ['lis2-bulk', 'all-kinds', 2, 1],
  ['ims-enterprise-files', 'extract-of-all-kinds', 0, 0],
  ['saip-snapshot', 'memberships-of-many', 0, 0],
] as const;

const lmsObjects = `select 'unit' as kind, id, fields from lms_org_unit union all select 'user', id, fields from lms_user order by 1, 2`;

test.each(packages)(
  '%s %s becomes a run, and the same again leaves all as it is',
  async (folder, name, thereAndBack, refused) => {
    const organization = await world.organization();
    const first = await organization.run(fixture(folder, name));
    expect(first).toMatchObject({ state: 'finished', failure: null });
    expect(first.items).toBeGreaterThan(0);
    const changes = async () => (await organization.query('select id from change')).length;
    const [before, objects] = [await changes(), await organization.query(lmsObjects)];
    const again = await organization.run(fixture(folder, name));
    expect(again).toMatchObject({
      state: 'finished',
      failure: null,
      problems: { error: (first.problems.error ?? 0) + refused },
    });
    expect((await changes()) - before).toBe(thereAndBack);
    expect(await organization.query(lmsObjects)).toEqual(objects);
  },
);
