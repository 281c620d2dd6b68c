import { isDeepStrictEqual } from 'node:util';
import { sql } from 'kysely';
import type { OverrideAdministration, OverrideView } from '../../domain/administration/index.ts';
import { GatewayError } from '../../domain/problem.ts';
import { touchedByLmsIds } from '../touched-by.ts';
import { isId } from './cursor.ts';
import { type OverriddenEntity, readDecidedBySources } from './decided-fields.ts';
import type { EditUnderLane } from './edits.ts';
import type { Scope } from './in-organization.ts';

/** LMS-side edits (rule 15). Whether one wins is the projection's to say; every edit projects its object again. */
export function createOverrides(edit: EditUnderLane): OverrideAdministration {
  return {
    set: (editor, entity, lmsId, field, value) =>
      edit(editor, 'override', async (scope, transaction) => {
        await requireObject(scope, entity, lmsId);
        await scope.db
          .insertInto('override')
          .values({
            organization_id: editor.organizationId,
            lms_id: lmsId,
            field,
            value: JSON.stringify(value),
            set_by: editor.actor,
          })
          .onConflict((conflict) =>
            conflict.columns(['organization_id', 'lms_id', 'field']).doUpdateSet({
              value: JSON.stringify(value),
              set_by: editor.actor,
              set_at: sql<Date>`now()`,
            }),
          )
          .execute();
        return { result: undefined, touched: await touchedByLmsIds(transaction, [lmsId]) };
      }),
    remove: (editor, entity, lmsId, field) =>
      edit(editor, 'override', async (scope, transaction) => {
        await requireObject(scope, entity, lmsId);
        const { numDeletedRows } = await scope.db
          .deleteFrom('override')
          .where('organization_id', '=', editor.organizationId)
          .where('lms_id', '=', lmsId)
          .where('field', '=', field)
          .executeTakeFirstOrThrow();
        if (numDeletedRows === 0n) throw new GatewayError('not_found', `The field ${field} is not overridden.`);
        return { result: undefined, touched: await touchedByLmsIds(transaction, [lmsId]) };
      }),
  };
}

async function requireObject({ db, organizationId }: Scope, entity: OverriddenEntity, lmsId: string): Promise<void> {
  const row = isId(lmsId)
    ? await db
        .selectFrom(entity === 'user' ? 'lms_user' : 'lms_org_unit')
        .select('id')
        .where('organization_id', '=', organizationId)
        .where('id', '=', lmsId)
        .executeTakeFirst()
    : undefined;
  if (row !== undefined) return;
  throw new GatewayError('not_found', `There is no LMS ${entity === 'user' ? 'user' : 'org unit'} ${lmsId}.`);
}

/** LMS id and the values in force of its fields -> its overrides. */
export type Overrides = (lmsId: string, inForce: Record<string, unknown>) => OverrideView[];

/** An override wins where the value in force is its own, and not because a source system says the same. */
export async function readOverrides(
  scope: Scope,
  entity: OverriddenEntity,
  lmsIds: readonly string[],
): Promise<Overrides> {
  const rows = await scope.db
    .selectFrom('override')
    .select(['lms_id', 'field', 'value', 'set_by', 'set_at'])
    .where('organization_id', '=', scope.organizationId)
    .where('lms_id', '=', sql<string>`any (${lmsIds}::bigint[])`)
    .orderBy('field')
    .execute();
  const byLmsId = Map.groupBy(rows, (row) => row.lms_id);
  const isDecidedBySources = await readDecidedBySources(scope, entity, [...byLmsId.keys()]);
  return (lmsId, inForce) =>
    (byLmsId.get(lmsId) ?? []).map(({ field, value, set_by, set_at }) => ({
      field,
      value,
      wins: isDeepStrictEqual(inForce[field] ?? null, value) && !isDecidedBySources(lmsId, field),
      setBy: set_by,
      setAt: set_at.toISOString(),
    }));
}
