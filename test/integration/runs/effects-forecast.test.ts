import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { RunEffects } from '../../../src/domain/administration/index.ts';
import type { EffectSort } from '../../../src/domain/run.ts';
import { createRunWorld, filesOf, lines, numbered, type RunWorld } from './set-up.ts';

/* What a plan of changes and removals says that it would do is what it does, whatever it changes at once. */

let world: RunWorld;

beforeAll(async () => {
  world = await createRunWorld();
});

afterAll(() => world.close());

const orgHeader =
  'type,action,code,name,start_date,end_date,is_active,department_code,template_code,semester_code,offering_code,custom_code';
const userHeader =
  'type,action,username,org_defined_id,first_name,last_name,password,is_active,role_name,email,relationships,pref_first_name,pref_last_name';
const users = numbered('P', 12);
const offerings = numbered('O-', 4);
const sections = numbered('S-', 8);
/** The last is mapped to nothing. */
const roles = ['Student', 'Instructor', 'Juggler'] as const;

type Chance = () => number;

function chanceOf(seed: number): Chance {
  let state = seed * 7919;
  return () => (state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32) / 2 ** 32;
}

function pick<T>(chance: Chance, all: readonly T[]): T {
  return all[Math.floor(chance() * all.length)]!;
}

/** One of several rows, or none: each with its share of 1. */
function row(chance: Chance, ...rows: (readonly [share: number, row: string])[]): string[] {
  let left = chance();
  const found = rows.find(([share]) => (left -= share) < 0);
  return found === undefined ? [] : [found[1]];
}

function enrollments(rows: readonly string[]): string {
  return lines('type,action,child_code,role_name,parent_code', ...rows);
}

function pairsOf(chance: Chance): string[][] {
  const pairs = Array.from({ length: 40 }, () => `${pick(chance, users)} ${pick(chance, [...offerings, ...sections])}`);
  return [...new Set(pairs)].map((pair) => pair.split(' '));
}

function changesOf(chance: Chance, pairs: readonly string[][]): Record<string, string> {
  const any = <T>(...all: T[]): T => pick(chance, all);
  return {
    'manifest.json': '{"version":"2.0"}',
    '02-D.csv': lines(orgHeader, ...row(chance, [0.2, 'department,DELETE,SCI,,,,,,,,,'])),
    '04-T.csv': lines(
      orgHeader,
      ...row(
        chance,
        [0.2, 'course template,DELETE,T-SCI,,,,,,,,,'],
        [0.3, `course template,UPDATE,T-SCI,Other,,,1,${any('SCI', 'ART', 'NONE', '')},,,,`],
      ),
    ),
    '05-O.csv': lines(
      orgHeader,
      ...offerings.flatMap((code) => {
        const template = any('T-SCI', 'T-ART', 'T-NONE');
        const name = any('New', `Course ${code}`);
        const changed = `course offering,UPDATE,${code},${name},,,${any(1, 1, 0)},,${template},2027-S1,,`;
        return row(chance, [0.12, `course offering,DELETE,${code},,,,,,,,,`], [0.33, changed]);
      }),
    ),
    '06-S.csv': lines(
      orgHeader,
      ...sections.flatMap((code) => {
        const moved = `course section,UPDATE,${code},Section ${code},,,,,,,${any(...offerings, 'O-NONE')},`;
        return row(chance, [0.1, `course section,DELETE,${code},,,,,,,,,`], [0.3, moved]);
      }),
    ),
    '07-U.csv': lines(
      userHeader,
      ...users.flatMap((id) => {
        const changed = `user,UPDATE,u${id},${id},${any('Other', `First ${id}`)},Last ${id},,${any(1, 1, 0)},${any(...roles)},${id}@example.edu,,,`;
        return row(chance, [0.08, `user,DELETE,u${id},${id},,,,,,,,,`], [0.32, changed]);
      }),
    ),
    '08-E.csv': enrollments(
      pairs.flatMap(([user, unit]) =>
        row(
          chance,
          [0.15, `enrollment,DELETE,${user},,${unit}`],
          [0.3, `enrollment,UPDATE,${user},${any(...roles)},${unit}`],
        ),
      ),
    ),
  };
}

test.each([1, 2, 4, 5, 9, 13, 16, 17, 21, 22])('seed %i', async (seed) => {
  const chance = chanceOf(seed);
  const pairs = pairsOf(chance);
  const organization = await world.organization();
  await organization.run({
    ...filesOf({ departments: ['SCI', 'ART'], offerings, users, enrollments: [] }),
    '06-Sections.csv': lines(
      orgHeader,
      ...sections.map((code) => `course section,UPDATE,${code},Section ${code},,,,,,,${pick(chance, offerings)},`),
    ),
    '08-Enrollments.csv': enrollments(
      pairs.map(([user, unit]) => `enrollment,UPDATE,${user},${pick(chance, roles.slice(0, 2))},${unit}`),
    ),
  });
  const run = await organization.run(changesOf(chance, pairs), { force: true });
  const [row] = await organization.query<{ effects: Partial<Record<string, RunEffects>> }>(
    `select effects from run where id = '${run.id}'`,
  );
  const said = (kinds: readonly string[], sort: EffectSort): number =>
    kinds.reduce((sum, kind) => sum + (row?.effects[kind]?.[sort] ?? 0), 0);
  const units = ['group', 'template', 'offering', 'section'];
  const changes = await organization.query<{ what: string; count: number }>(
    `select entity || ' ' || case when after->>'state' = 'inactive' then 'inactivated' else operation end as what, count(*)::int
       from change where cause->>'messageId' = '${run.id}' group by 1`,
  );
  const made = new Map(changes.map(({ what, count }) => [what, count]));
  expect({
    'enrollment created': said(['membership'], 'created'),
    'enrollment deleted': said(['membership'], 'ended'),
    'enrollment updated': said(['membership'], 'changed'),
    'org_unit deleted': said(units, 'ended'),
    'org_unit inactivated': said(units, 'inactivated'),
    'user inactivated': said(['person'], 'inactivated'),
  }).toEqual({
    'enrollment created': made.get('enrollment created') ?? 0,
    'enrollment deleted': made.get('enrollment deleted') ?? 0,
    'enrollment updated': made.get('enrollment updated') ?? 0,
    'org_unit deleted': made.get('org_unit deleted') ?? 0,
    'org_unit inactivated': made.get('org_unit inactivated') ?? 0,
    'user inactivated': made.get('user inactivated') ?? 0,
  });
});
