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

const packages = [
  ['lis2-bulk', 'all-kinds'],
  ['ims-enterprise-files', 'extract-of-all-kinds'],
  ['saip-snapshot', 'memberships-of-many'],
] as const;

test.each(packages)('%s %s becomes a run, and the same again changes nothing', async (folder, name) => {
  const organization = await world.organization();
  const first = await organization.run(fixture(folder, name));
  expect(first).toMatchObject({ state: 'finished', failure: null });
  expect(first.items).toBeGreaterThan(0);
  const before = await organization.query('select count(*)::int as changes from change');
  const again = await organization.run(fixture(folder, name));
  expect(again).toMatchObject({ state: 'finished', failure: null });
  expect(await organization.query('select count(*)::int as changes from change')).toEqual(before);
});
