import { isPairDelete, statesFields } from '../../domain/command.ts';
import type { WriteCommand } from '../../domain/command.ts';
import { literalOrgUnitTypes } from '../../domain/entities.ts';
import type { GovernedBase } from '../../domain/rights.ts';
import type { Lane } from '../lane.ts';
import type { Target, TargetUnit } from './judge-rights.ts';

/** What each command meets, in their order: one statement for each entity that there is. */
export async function readTargets(
  lane: Lane,
  sourceSystemId: number,
  commands: readonly WriteCommand[],
): Promise<Target[]> {
  const targets: Target[] = commands.map(() => ({}));
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
  base?: GovernedBase | null;
  state?: string | null;
  unit_fields?: { active?: boolean | null; startsAt?: string | null; endsAt?: string | null } | null;
}

function toTarget({ declared, base, state, unit_fields }: TargetRow): Target {
  const unit: TargetUnit | undefined =
    base == null
      ? undefined
      : {
          base,
          ...(state == null
            ? {}
            : {
                seen: {
                  active: state === 'active',
                  startsAt: unit_fields?.startsAt ?? undefined,
                  endsAt: unit_fields?.endsAt ?? undefined,
                },
              }),
        };
  return { ...(declared === null ? {} : { declared }), ...(unit === undefined ? {} : { unit }) };
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

/** By the type that is stated, else by the one that was declared. */
const orgUnits: Read = {
  name: 'rights_org_units',
  text: `
    select k.position::integer, d.fields || held.refs as declared, t.base, unit.state, unit.fields as unit_fields
      from unnest($3::text[], $4::text[], $5::text[]) with ordinality as k(kind, sourced_id, type, position)
      left join declared_org_unit d on d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = k.sourced_id and d.kind = k.kind
                                   and not d.deleted and not d.released and not d.implied
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
      left join org_unit_type_map m on m.organization_id = $1 and m.source_system_id = $2
                                   and m.sis_type_key = fold(coalesce(k.type, d.fields->>'type'))
      left join org_unit_type t on t.organization_id = $1 and t.id = coalesce(m.org_unit_type_id, unit.org_unit_type_id)`,
  parameters: (commands) => [commands.map(({ kind }) => kind), sourcedIds(commands), commands.map(typeOf)],
};

function typeOf(command: WriteCommand): string | null {
  if (command.entity === 'association') return literalOrgUnitTypes.association;
  return command.entity === 'org_unit' && statesFields(command) ? (command.fields.type ?? null) : null;
}

/**
 * Of the org unit that is stated, else of the one that was declared. Not `coalesce`: Postgres does not know that it leaks
 * nothing, and row-level security then keeps it from the index.
 */
const unitId = 'case when k.unit_sourced_id is null then d.org_unit_sourced_id else k.unit_sourced_id end';

/** The org unit that is stated, else the one that was declared; one that the LMS has not yet by the type that it will have. */
const enrollments: Read = {
  name: 'rights_enrollments',
  text: `
    select k.position::integer, t.base, unit.state, unit.fields as unit_fields,
           case when d.sourced_id is not null
                then jsonb_build_object('userSourcedId', d.user_sourced_id, 'roles', d.roles,
                                        'orgUnit', jsonb_build_object('kind', d.org_unit_kind, 'sourcedId', d.org_unit_sourced_id))
                     || case when d.attributes is null then '{}' else jsonb_build_object('attributes', d.attributes) end end as declared
      from unnest($3::text[], $4::text[], $5::text[]) with ordinality as k(sourced_id, unit_kind, unit_sourced_id, position)
      left join declared_enrollment d on d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = k.sourced_id and not d.deleted
      left join lateral (
        select l.lms_id from link l
         where l.organization_id = $1 and l.source_system_id = $2 and l.sourced_id = ${unitId}
           and l.kind <> 'person' and l.kind = coalesce(k.unit_kind, d.org_unit_kind, l.kind) limit 1) l on true
      left join lms_org_unit unit on unit.organization_id = $1 and unit.id = l.lms_id
      left join lateral (
        select coalesce((select u.fields->>'type' from declared_org_unit u
                          where u.organization_id = $1 and u.source_system_id = $2 and u.sourced_id = ${unitId}
                            and u.kind = coalesce(k.unit_kind, d.org_unit_kind, u.kind) limit 1),
                        case coalesce(k.unit_kind, d.org_unit_kind) when 'section' then 'CourseSection' when 'offering' then 'CourseOffering' end) as word) type on true
      left join org_unit_type_map m on m.organization_id = $1 and m.source_system_id = $2 and m.sis_type_key = fold(type.word)
      left join org_unit_type t on t.organization_id = $1 and t.id = coalesce(unit.org_unit_type_id, m.org_unit_type_id)`,
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
  if (command.verb === 'delete') return isPairDelete(command) ? command.pair?.orgUnit : undefined;
  return statesFields(command) ? command.fields.orgUnit : undefined;
}

const reads: readonly (readonly [Read, readonly string[]])[] = [
  [users, ['user']],
  [orgUnits, ['org_unit', 'association']],
  [enrollments, ['enrollment']],
];
