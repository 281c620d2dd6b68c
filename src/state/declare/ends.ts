import { type RecordCommand, type ReplaceCommand, statesFields, type UpdateCommand } from '../../domain/command.ts';
import type { InstitutionRole } from '../../domain/entities.ts';
import { fold } from '../../domain/source-system.ts';
import type { Lane, LaneSource } from '../lane.ts';
import { isBlankSql } from '../projection/blank-sql.ts';
import type { Declaration, Declared } from './declare.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What would become of a row of a person or an org unit. */
interface Judged {
  readonly declaration: Declaration;
  readonly status: Declared;
  readonly row?: { readonly fields: Fields };
  readonly was: { readonly fields: Fields } | undefined;
}

/** `status`: it is inactive, and what hangs on it stays. `map`: as with a delete, what hangs on it ends with it. */
export type EndedBy = 'status' | 'map';

/**
 * The changes that end what the LMS has as a delete would: the person or org unit is inactive, or its role or type is one that is not
 * mapped any more, or to another type. An LMS org unit keeps its type for ever, so who states that again ends nothing, whatever was stated meanwhile.
 */
export async function endedBy(
  lane: Lane,
  source: LaneSource,
  judged: readonly Judged[],
): Promise<ReadonlyMap<Declaration, EndedBy>> {
  const ended = new Map<Declaration, EndedBy>();
  const named: { readonly declaration: Declaration; readonly before: string | undefined; readonly after: string }[] =
    [];
  for (const { declaration, status, row, was } of judged) {
    if (status !== 'updated' || row === undefined || was === undefined) continue;
    if (isActive(was.fields) && !isActive(row.fields)) ended.set(declaration, 'status');
    const [before, after] = [wordOf(was.fields), wordOf(row.fields)];
    if (after !== undefined && before !== after) named.push({ declaration, before, after });
  }
  if (named.length === 0) return ended;
  const mapped = await readMaps(lane, source);
  const held = await readHeldTypes(
    lane,
    source,
    named.map(({ declaration }) => declaration.command).filter(({ entity }) => entity !== 'user'),
  );
  for (const { declaration, before, after } of named) {
    const is = mapped.get(after);
    const { entity, kind, sourcedId } = declaration.command;
    const was = mapped.get(before ?? '');
    const own = held.get(`${kind} ${sourcedId}`) ?? was;
    // A person who states no role needs none.
    const stood = before === undefined || (was !== undefined && was === own);
    const stands = entity === 'user' ? is !== undefined : is === own;
    if (stood && !stands) ended.set(declaration, 'map');
  }
  return ended;
}

/** It states what could end something: a status, roles or a type. */
export function mayEnd({ entity, fields }: ReplaceCommand | UpdateCommand): boolean {
  if (entity === 'user') return fields.active === false || fields.roles !== undefined;
  if (entity === 'enrollment') return fields.roles !== undefined;
  return fields.active === false || (entity === 'org_unit' && fields.type !== undefined);
}

/** By what it states alone, where what is there before it is not known yet. */
export function statesEnd(command: RecordCommand): boolean {
  if (!statesFields(command)) return false;
  if (command.entity !== 'enrollment') return command.fields.active === false;
  return command.fields.roles?.every(({ active }) => !active) === true;
}

function isActive({ active }: Fields): boolean {
  return active !== false;
}

/** The key of the map that its role or its type is looked up by; undefined where it states none. */
function wordOf({ type, roles }: Fields): string | undefined {
  if (typeof type === 'string') return `type ${fold(type)}`;
  const entries = (roles ?? []) as readonly InstitutionRole[];
  const role = (entries.find(({ primary }) => primary) ?? entries[0])?.role;
  return role === undefined ? undefined : `role ${fold(role)}`;
}

async function readMaps({ client, organizationId }: Lane, { id }: LaneSource): Promise<ReadonlyMap<string, number>> {
  const { rows } = await client.query<{ word: string; id: number }>({
    name: 'declared_maps_read',
    text: `select 'role ' || m.sis_role_key as word, m.role_id as id from role_map m where m.organization_id = $1 and m.source_system_id = $2
           union all
           select 'type ' || m.sis_type_key, m.org_unit_type_id from org_unit_type_map m where m.organization_id = $1 and m.source_system_id = $2`,
    values: [organizationId, id],
  });
  return new Map(rows.map((row) => [row.word, row.id]));
}

/** By kind and sourcedId. */
async function readHeldTypes(
  { client, organizationId }: Lane,
  { id }: LaneSource,
  units: readonly Pick<RecordCommand, 'kind' | 'sourcedId'>[],
): Promise<ReadonlyMap<string, number>> {
  if (units.length === 0) return new Map();
  const { rows } = await client.query<{ unit: string; type: number }>({
    name: 'declared_types_held',
    text: `select k.kind || ' ' || k.sourced_id as unit, u.org_unit_type_id as type
             from unnest($3::text[], $4::text[]) as k(kind, sourced_id)
             cross join lateral (
               select l.lms_id from link l
                where l.organization_id = $1 and l.source_system_id = $2 and l.sourced_id = k.sourced_id and l.kind = k.kind limit 1) l
             cross join lateral (
               select u.org_unit_type_id from lms_org_unit u where u.organization_id = $1 and u.id = l.lms_id and not ${isBlankSql('u')} limit 1) u`,
    values: [organizationId, id, units.map(({ kind }) => kind), units.map(({ sourcedId }) => sourcedId)],
  });
  return new Map(rows.map(({ unit, type }) => [unit, type]));
}
