import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { RecordCommand } from '../../../src/domain/command.ts';
import type { OrgUnitWireKind, ParentReference } from '../../../src/domain/entities.ts';
import type { RunEffects } from '../../../src/domain/administration/index.ts';
import type { EffectSort } from '../../../src/domain/run.ts';
import {
  commandsFile,
  createRunWorld,
  createSaidFile,
  enrolls,
  filesOf,
  numbered,
  type RunOrganization,
  type RunWorld,
} from './set-up.ts';

/* A plan whose org units come to be of the wrong kind, of another type, on circles, or of one id with others says what ends by that, whatever it changes at once. */

const said = createSaidFile();
let world: RunWorld;

beforeAll(async () => {
  world = await createRunWorld({ dialects: [said] });
});

afterAll(() => world.close());

type Chance = () => number;
type Kind = Exclude<OrgUnitWireKind, 'association'>;

function chanceOf(seed: number): Chance {
  let state = seed * 7919;
  return () => (state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32) / 2 ** 32;
}

const users = numbered('P', 6);
const ids: Readonly<Record<Kind, readonly string[]>> = {
  group: numbered('G', 5),
  template: numbered('T', 3),
  offering: numbered('O', 4),
  section: numbered('S', 5),
};
const kinds = Object.keys(ids) as Kind[];

/** Draws of one seed. */
function drawing(seed: number) {
  const chance = chanceOf(seed);
  const any = <T>(...all: readonly T[]): T => all[Math.floor(chance() * all.length)]!;
  const happens = (share: number): boolean => chance() < share;
  const unitOf = (kind: Kind): string => any(...ids[kind]);
  /** The kind is named, or not. */
  const names = (role: ParentReference['role'], kind: Kind, sourcedId: string): ParentReference => ({
    role,
    kind: happens(0.5) ? kind : null,
    sourcedId,
  });
  const states = (kind: Kind, sourcedId: string, parents: readonly ParentReference[]): RecordCommand => ({
    entity: 'org_unit',
    kind,
    sourcedId,
    verb: 'replace',
    fields: {
      type: kind === 'group' ? 'department' : `course ${kind}`,
      code: sourcedId,
      name: `${sourcedId} ${String(any(1, 2, 3))}`,
      parents: [...parents],
    },
  });
  /** Departments stand below those before them: there is no circle. */
  const parentsOf = (kind: Kind, place: number): ParentReference[] => {
    switch (kind) {
      case 'group':
        return place > 0 && happens(0.6) ? [names('parent', 'group', ids.group[Math.floor(chance() * place)]!)] : [];
      case 'template':
        return [names('department', 'group', unitOf('group'))];
      case 'offering':
        return happens(0.5)
          ? [names('template', 'template', unitOf('template'))]
          : [names(any('department', 'parent'), 'group', unitOf('group'))];
      case 'section':
        return [names('offering', 'offering', unitOf('offering'))];
    }
  };
  /** Anything, and nothing. */
  const strayParents = (kind: Kind): ParentReference[] => {
    const [named, other] = [any(...kinds), any(...kinds)];
    const sourcedId = any(unitOf(other), unitOf(other), 'NONE');
    switch (kind) {
      case 'group':
        return [names('parent', named, unitOf('group'))];
      case 'template':
        return [names('department', named, sourcedId)];
      case 'offering':
        return [names(any('template', 'department', 'parent'), named, sourcedId)];
      case 'section':
        return [names('offering', named, sourcedId)];
    }
  };
  return { any, happens, unitOf, states, parentsOf, strayParents };
}

type Drawing = ReturnType<typeof drawing>;

const inUnits = ({ any, happens, unitOf }: Drawing): RecordCommand[] =>
  Array.from({ length: 40 }, (_, index) => {
    const kind = any(...kinds);
    const command = enrolls(`E${String(index)}`, unitOf(kind), any(...users));
    if (command.entity !== 'enrollment' || command.verb !== 'replace' || happens(0.6)) return command;
    return { ...command, fields: { ...command.fields, orgUnit: { ...command.fields.orgUnit, kind } } };
  });

const first = (draw: Drawing): RecordCommand[] => [
  ...kinds.flatMap((kind) => ids[kind].map((id, place) => draw.states(kind, id, draw.parentsOf(kind, place)))),
  ...inUnits(draw),
];

function then(draw: Drawing): RecordCommand[] {
  const { any, happens, states, parentsOf, strayParents, unitOf } = draw;
  const changed = kinds.flatMap((kind) =>
    ids[kind].flatMap((sourcedId, place): RecordCommand[] => {
      const key = { entity: 'org_unit', kind, sourcedId } as const;
      if (happens(0.05)) return [{ ...key, verb: 'delete' }];
      if (kind === 'group' && happens(0.1))
        return [{ ...key, verb: 'update', fields: { type: any('semester', 'nothing') } }];
      if (happens(0.15)) return [states(kind, sourcedId, strayParents(kind))];
      if (happens(0.15)) return [states(kind, sourcedId, parentsOf(kind, place))];
      if (happens(0.1)) return [{ ...key, verb: 'update', fields: { name: 'Other' } }];
      return [];
    }),
  );
  const seconds = [1, 2].flatMap((): RecordCommand[] => {
    const kind = any(...kinds);
    const sourcedId = any(unitOf(any(...kinds)), 'NEW');
    return happens(0.6) && !ids[kind].includes(sourcedId)
      ? [states(kind, sourcedId, any(parentsOf(kind, 1), strayParents(kind)))]
      : [];
  });
  const left = numbered('E', 39).flatMap((sourcedId): RecordCommand[] =>
    happens(0.05) ? [{ entity: 'enrollment', kind: 'membership', sourcedId, verb: 'delete' }] : [],
  );
  return [...seconds, ...changed, ...left];
}

/** What the LMS has. */
async function standing(organization: RunOrganization): Promise<{ units: Set<string>; enrollments: Set<string> }> {
  const units = await organization.query<{ id: string }>(`select id::text from lms_org_unit where state <> 'deleted'`);
  const enrollments = await organization.query<{ id: string }>('select id::text from lms_enrollment where not ended');
  return { units: new Set(units.map(({ id }) => id)), enrollments: new Set(enrollments.map(({ id }) => id)) };
}

const gone = (one: ReadonlySet<string>, other: ReadonlySet<string>): number =>
  [...one].filter((id) => !other.has(id)).length;

test.each([2, 3, 8, 11, 17, 126, 132, 217, 223])('seed %i', async (seed) => {
  const draw = drawing(seed);
  const organization = await world.organization();
  await organization.run(filesOf({ offerings: [], users, enrollments: [] }));
  said.stated = first(draw);
  await organization.run(commandsFile);
  expect(
    await organization.query('select sourced_id, wait_code from declared_org_unit where wait_code is not null'),
  ).toEqual([]);
  said.stated = then(draw);
  const before = await standing(organization);
  const run = await organization.run(commandsFile, { force: true });
  const after = await standing(organization);
  const [row] = await organization.query<{ effects: Partial<Record<string, RunEffects>> }>(
    `select effects from run where id = '${run.id}'`,
  );
  const told = (of: readonly string[], sort: EffectSort): number =>
    of.reduce((sum, kind) => sum + (row?.effects[kind]?.[sort] ?? 0), 0);
  expect({
    units: told(kinds, 'ended'),
    ended: told(['membership'], 'ended'),
    created: told(['membership'], 'created'),
  }).toEqual({
    units: gone(before.units, after.units),
    ended: gone(before.enrollments, after.enrollments),
    created: gone(after.enrollments, before.enrollments),
  });
});
