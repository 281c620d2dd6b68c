import { type Expression, type RawBuilder, sql, type SqlBool } from 'kysely';
import { wireKinds } from '../../domain/entities.ts';
import { anyOf } from './any-of.ts';
import type { Scope } from './in-organization.ts';
import { linkedIds } from './links.ts';
import { supportedBy } from './supports.ts';

/** LMS objects: by their ids where they are few; else by a condition on the change `c`, which is of one of them. */
export type Objects = { readonly ids: readonly string[] } | { readonly isOne: RawBuilder<SqlBool> };

/** As many as a person may state. More of them are not looked up one by one. */
const fewRelations = 500;

/**
 * The LMS objects of a sourcedId: what it is linked to, its relations, and the enrollments of the person of a membership with that id.
 *
 * @param lmsId of them this one only
 */
export async function objectsOf(
  scope: Scope,
  sourceIds: readonly number[],
  sourcedId: string,
  lmsId: string | undefined,
): Promise<Objects> {
  const { db, organizationId } = scope;
  const linked = await linkedIds(scope, sourceIds, sourcedId, wireKinds);
  const enrollments = await db
    .selectFrom('lms_enrollment as e')
    .select('e.id')
    .where('e.organization_id', '=', organizationId)
    .where(supportedBy(scope, sourceIds, sourcedId))
    .execute();
  const relations = await db
    .selectFrom('lms_relation as r')
    .select('r.id')
    .where('r.organization_id', '=', organizationId)
    .where((where) => where.or([where('r.user_id', '=', anyOf(linked)), where('r.agent_id', '=', anyOf(linked))]))
    .$if(lmsId !== undefined, (query) => query.where('r.id', '=', anyOf([lmsId ?? ''])))
    .limit(fewRelations + 1)
    .execute();
  const others = [...linked, ...enrollments.map(({ id }) => id)];
  if (relations.length > fewRelations) return { isOne: isOneOrRelationOf(organizationId, others, linked) };
  const ids = new Set([...others, ...relations.map(({ id }) => id)]);
  return { ids: [...ids].filter((id) => lmsId === undefined || id === lmsId) };
}

/** A subquery with a value is asked of each change; `exists` would have all relations read first. */
function isOneOrRelationOf(organizationId: number, ids: readonly string[], people: readonly string[]) {
  return sql<SqlBool>`(c.lms_id = ${anyOf(ids)} or c.entity = 'relation' and (
    select r.id from lms_relation r
     where r.organization_id = ${organizationId} and r.id = c.lms_id
       and (r.user_id = ${anyOf(people)} or r.agent_id = ${anyOf(people)})) is not null)`;
}

/**
 * The changes `c` of some objects, as a condition on their numbers: of each object no more are looked up than may stand on the page.
 * Objects that are too many for that are told one change after the other, from the cursor on: reading to the end passes each once.
 *
 * @param also what else must hold of a change `c`
 */
export function areOf(
  { organizationId }: Scope,
  objects: Objects,
  { after, also, limit }: { after: string; also: readonly Expression<SqlBool>[]; limit: number },
): RawBuilder<SqlBool> {
  if ('isOne' in objects) return objects.isOne;
  const conditions = also.map((each) => sql`and ${each}`);
  return sql<SqlBool>`c.seq = any (array (
    select found.seq from unnest(${objects.ids}::bigint[]) as object (id)
     cross join lateral (
       select c.seq from change c
        where c.organization_id = ${organizationId} and c.lms_id = object.id and c.seq > ${after} ${sql.join(conditions, sql` `)}
        order by c.seq limit ${limit}) found
     order by found.seq limit ${limit}))`;
}
