import { statesFields } from '../../domain/command.ts';
import type { WriteCommand } from '../../domain/command.ts';
import { literalOrgUnitTypes } from '../../domain/entities.ts';
import type { ParentReference } from '../../domain/entities.ts';
import type { Lane } from '../lane.ts';
import { datesOf, meantSql, seenOf } from './seen-sql.ts';
import { seenAs, unitOn } from './seen.ts';
import type { SeenRow, UnitRow } from './seen.ts';
import type { LmsType, Target } from './target.ts';

const nothing: Target = { units: [], left: [], isPlaced: true };

/** What each command meets, in their order: one statement for each entity that there is. */
export async function readTargets(
  lane: Lane,
  sourceSystemId: number,
  commands: readonly WriteCommand[],
): Promise<Target[]> {
  const targets: Target[] = commands.map(() => nothing);
  for (const [read, entities] of reads) {
    const wanted = commands.flatMap((command, index) =>
      entities.includes(command.entity) ? [{ index, command }] : [],
    );
    if (wanted.length === 0) continue;
    const { name, text, parameters } = read;
    const { rows } = await lane.client.query<TargetRow>({
      name,
      text,
      values: [lane.organizationId, sourceSystemId, ...parameters(wanted.map(({ command }) => command))],
    });
    for (const row of rows) {
      const at = wanted[row.position - 1];
      if (at !== undefined) targets[at.index] = toTarget(row);
    }
  }
  return targets;
}

interface TargetRow {
  /** From 1. */
  position: number;
  declared: Record<string, unknown> | null;
  /** Of an org unit. */
  held?: LmsType | null;
  stated?: LmsType | null;
  unit?: UnitRow | null;
  /** Of a section: the offering that it is stated to be under. */
  comes_under?: SeenRow | null;
  /** Of a membership: the org units that it is, or is to be, in; and those that it was declared for. */
  met?: readonly (UnitRow & { left: boolean })[];
}

function toTarget({ declared, held, stated, unit, comes_under: comesUnder, met }: TargetRow): Target {
  const target = { ...nothing, ...(declared === null ? {} : { declared }) };
  if (met !== undefined) {
    const known = Object.groupBy(met, ({ left }) => (left ? 'left' : 'stated'));
    return {
      ...target,
      units: (known.stated ?? []).flatMap((each) => unitOn(each.base, each)),
      // What is not in the LMS is not left there.
      left: (known.left ?? []).filter(({ state }) => state !== null).flatMap((each) => unitOn(each.base, each)),
      isPlaced: known.stated?.every(({ base }) => base !== null) ?? false,
    };
  }
  const base = held?.base ?? unit?.base;
  const bases = new Set([base, unit?.base, stated?.base]);
  return {
    ...target,
    ...(held == null ? {} : { held }),
    ...(stated == null ? {} : { stated }),
    ...(base == null ? {} : { base }),
    ...(comesUnder?.state == null ? {} : { comesUnder: seenAs(comesUnder) }),
    units: [...bases].flatMap((each) => unitOn(each, unit)),
  };
}

interface Read {
  readonly name: string;
  readonly text: string;
  readonly parameters: (commands: readonly WriteCommand[]) => unknown[];
}

const sourcedIds = (commands: readonly WriteCommand[]): string[] => commands.map(({ sourcedId }) => sourcedId);

const users: Read = {
  name: 'rights_users',
  text: `select k.position::integer, d.fields as declared
           from unnest($3::text[]) with ordinality as k(sourced_id, position)
           left join declared_user d on d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = k.sourced_id
            and not d.deleted and not d.released`,
  parameters: (commands) => [sourcedIds(commands)],
};

const typeOn = (type: string): string =>
  `case when ${type}.id is not null then jsonb_build_object('id', ${type}.id, 'base', ${type}.base) end`;

/** Its type as it is declared (of placeholders and of what a delete released, too: the LMS has them), and as it is stated. */
const orgUnits: Read = {
  name: 'rights_org_units',
  text: `
    select k.position::integer, ${typeOn('ht')} as held, ${typeOn('st')} as stated,
           case when not d.deleted and not d.released and not d.implied then d.fields || held.refs end as declared,
           case when unit.id is not null then jsonb_build_object('base', ut.base, ${seenOf('unit')}) end as unit, coming.seen as comes_under
      from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[]) with ordinality as k(kind, sourced_id, type, offering_kind, offering_id, position)
      left join declared_org_unit d on d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = k.sourced_id and d.kind = k.kind
      left join lateral (
        select case when k.kind = 'association'
          then jsonb_build_object('sections', (select coalesce(jsonb_agg(a.section_sourced_id order by a.position), '[]') from declared_association a
                 where a.organization_id = $1 and a.source_system_id = $2 and a.sourced_id = k.sourced_id))
          else coalesce((select jsonb_build_object('parents', jsonb_agg(
                   jsonb_strip_nulls(jsonb_build_object('role', p.role, 'sourcedId', p.parent_sourced_id, 'name', p.parent_name))
                   || jsonb_build_object('kind', p.parent_kind) order by p.position))
                 from declared_parent p
                where p.organization_id = $1 and p.source_system_id = $2 and p.sourced_id = k.sourced_id and p.kind = k.kind having count(*) > 0), '{}')
          end as refs) held on true
      left join link l on l.organization_id = $1 and l.source_system_id = $2 and l.sourced_id = k.sourced_id and l.kind = k.kind
      left join lms_org_unit unit on unit.organization_id = $1 and unit.id = l.lms_id
      left join org_unit_type ut on ut.organization_id = $1 and ut.id = unit.org_unit_type_id
      left join org_unit_type_map hm on hm.organization_id = $1 and hm.source_system_id = $2
                                    and hm.sis_type_key = fold(d.fields->>'type') and not d.deleted
      left join org_unit_type ht on ht.organization_id = $1 and ht.id = hm.org_unit_type_id
      left join org_unit_type_map sm on sm.organization_id = $1 and sm.source_system_id = $2
                                    and sm.sis_type_key = fold(coalesce(k.type, d.fields->>'type'))
      left join org_unit_type st on st.organization_id = $1 and st.id = sm.org_unit_type_id
      left join lateral (
        select jsonb_build_object(${datesOf('unit')}) as seen
          from (select k.offering_kind as kind, k.offering_id as sourced_id) ref
          ${meantSql('ref')}
         where t.base = 'course_offering' and not exists (
                 -- It is under its associations, not under the offering that it names.
                 select from declared_association da
                   join declared_org_unit a on a.organization_id = $1 and a.source_system_id = $2 and a.sourced_id = da.sourced_id and a.kind = 'association' and a.live
                  where da.organization_id = $1 and da.source_system_id = $2 and da.section_sourced_id = k.sourced_id)) coming on k.offering_id is not null`,
  parameters: (commands) => {
    const offerings = commands.map(offeringOf);
    return [
      commands.map(({ kind }) => kind),
      sourcedIds(commands),
      commands.map(typeOf),
      offerings.map((offering) => offering?.kind ?? null),
      offerings.map((offering) => offering?.sourcedId ?? null),
    ];
  },
};

/** Of several, the first counts (docs/projection.md 1). */
function offeringOf(command: WriteCommand): ParentReference | undefined {
  if (command.entity !== 'org_unit' || command.kind !== 'section' || !statesFields(command)) return undefined;
  return command.fields.parents?.find(({ role }) => role === 'offering');
}

function typeOf(command: WriteCommand): string | null {
  if (command.entity === 'association') return literalOrgUnitTypes.association;
  return command.entity === 'org_unit' && statesFields(command) ? (command.fields.type ?? null) : null;
}

/**
 * The org unit that is stated, else the one that was declared; and the one that was declared, which it leaves if they differ.
 *
 * `case`, not `coalesce`: Postgres does not know that the latter leaks nothing, and row-level security then keeps it from the index.
 */
const enrollments: Read = {
  name: 'rights_enrollments',
  text: `
    select k.position::integer, met.units as met,
           case when not d.deleted
                then jsonb_build_object('userSourcedId', d.user_sourced_id, 'roles', d.roles,
                                        'orgUnit', jsonb_build_object('kind', d.org_unit_kind, 'sourcedId', d.org_unit_sourced_id))
                     || case when d.attributes is null then '{}' else jsonb_build_object('attributes', d.attributes) end end as declared
      from unnest($3::text[], $4::text[], $5::text[]) with ordinality as k(sourced_id, unit_kind, unit_sourced_id, position)
      left join declared_enrollment d on d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = k.sourced_id
      cross join lateral (
        select coalesce(jsonb_agg(jsonb_build_object('left', ref.is_left, 'base', t.base, ${seenOf('unit')})), '[]') as units
          from (select false as is_left, case when k.unit_sourced_id is null then d.org_unit_kind else k.unit_kind end as kind,
                       case when k.unit_sourced_id is null then d.org_unit_sourced_id else k.unit_sourced_id end as sourced_id
                union select true, d.org_unit_kind, d.org_unit_sourced_id) ref
          ${meantSql('ref')}
         where ref.sourced_id is not null) met`,
  parameters: (commands) => {
    const units = commands.map(unitOf);
    return [
      sourcedIds(commands),
      units.map((unit) => unit?.kind ?? null),
      units.map((unit) => unit?.sourcedId ?? null),
    ];
  },
};

function unitOf(command: WriteCommand): { kind: string | null; sourcedId: string } | undefined {
  if (command.entity !== 'enrollment') return undefined;
  // A delete by pair asks for no kind.
  if (command.verb === 'delete') return command.pair && { kind: null, sourcedId: command.pair.orgUnit.sourcedId };
  return statesFields(command) ? command.fields.orgUnit : undefined;
}

const reads: readonly (readonly [Read, readonly string[]])[] = [
  [users, ['user']],
  [orgUnits, ['org_unit', 'association']],
  [enrollments, ['enrollment']],
];
