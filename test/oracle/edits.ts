import { fold, type SourceSystem } from '../../src/domain/source-system.ts';
import type { Cause } from '../../src/state/changes.ts';
import type { Store, Transaction } from '../../src/state/store.ts';
import { touchedByLmsIds, touchedByRoles, touchedBySourceSystem, touchedByTypes } from '../../src/state/touched-by.ts';
import { nothingTouched, type Touched } from '../../src/state/touched.ts';
import type { Edit } from './model.ts';

/** Does an edit under the lane, as the administration does. */
export async function applyEdit(
  store: Store,
  organizationId: number,
  sources: ReadonlyMap<string, SourceSystem>,
  edit: Edit,
): Promise<void> {
  await store.edit(organizationId, causeOf(edit), async (tx) => {
    return { result: undefined, touched: await perform(tx, sources, edit) };
  });
}

async function perform(tx: Transaction, sources: ReadonlyMap<string, SourceSystem>, edit: Edit): Promise<Touched> {
  switch (edit.edit) {
    case 'type':
      return mapType(tx, sources.get(edit.source)!, edit);
    case 'role':
      return mapRole(tx, sources.get(edit.source)!, edit);
    case 'options':
      return setOptions(tx, sources.get(edit.source)!, edit);
    case 'override':
      return override(tx, sources, edit);
    case 'owned':
      return setOwned(tx, edit);
  }
}

function causeOf({ edit }: Edit): Cause {
  if (edit === 'type' || edit === 'role') return { reason: 'map' };
  return { reason: edit === 'options' ? 'option' : 'override' };
}

async function mapType(tx: Transaction, source: SourceSystem, edit: Extract<Edit, { edit: 'type' }>): Promise<Touched> {
  const ids = [tx.organizationId, source.id];
  await tx.client.query(
    'delete from org_unit_type_map where organization_id = $1 and source_system_id = $2 and sis_type_key = $3',
    [...ids, fold(edit.sisType)],
  );
  await tx.client.query(
    `insert into org_unit_type_map (organization_id, source_system_id, sis_type, org_unit_type_id)
     select $1, $2, $3, id from org_unit_type where organization_id = $1 and code = $4`,
    [...ids, edit.sisType, edit.to],
  );
  return touchedByTypes(tx, source.id, [edit.sisType]);
}

async function mapRole(tx: Transaction, source: SourceSystem, edit: Extract<Edit, { edit: 'role' }>): Promise<Touched> {
  const ids = [tx.organizationId, source.id];
  await tx.client.query(
    'delete from role_map where organization_id = $1 and source_system_id = $2 and sis_role_key = $3',
    [...ids, fold(edit.sisRole)],
  );
  await tx.client.query(
    `insert into role_map (organization_id, source_system_id, sis_role, role_id)
     select $1, $2, $3, id from role where organization_id = $1 and code = $4`,
    [...ids, edit.sisRole, edit.to],
  );
  return touchedByRoles(tx, source.id, [edit.sisRole]);
}

async function setOptions(
  tx: Transaction,
  source: SourceSystem,
  { options }: Extract<Edit, { edit: 'options' }>,
): Promise<Touched> {
  await tx.client.query('update source_system set options = options || $3 where organization_id = $1 and id = $2', [
    tx.organizationId,
    source.id,
    JSON.stringify(options),
  ]);
  return touchedBySourceSystem(tx, source.id);
}

async function override(
  tx: Transaction,
  sources: ReadonlyMap<string, SourceSystem>,
  { target, field, value }: Extract<Edit, { edit: 'override' }>,
): Promise<Touched> {
  const [code, kind, sourcedId] = target.split('/');
  const { rows } = await tx.client.query<{ lms_id: string }>(
    'select lms_id::text from link where organization_id = $1 and source_system_id = $2 and kind = $3 and sourced_id = $4',
    [tx.organizationId, sources.get(code!)!.id, kind, sourcedId],
  );
  const lmsId = rows[0]?.lms_id;
  if (lmsId === undefined) return nothingTouched;
  await tx.client.query('delete from override where organization_id = $1 and lms_id = $2 and field = $3', [
    tx.organizationId,
    lmsId,
    field,
  ]);
  if (value !== null) {
    await tx.client.query(
      `insert into override (organization_id, lms_id, field, value, set_by) values ($1, $2, $3, $4, 'a test')`,
      [tx.organizationId, lmsId, field, JSON.stringify(value)],
    );
  }
  return touchedByLmsIds(tx, [lmsId]);
}

async function setOwned(tx: Transaction, { user, orgUnit }: Extract<Edit, { edit: 'owned' }>): Promise<Touched> {
  await tx.client.query(`update organization set settings = settings || $2 where id = $1`, [
    tx.organizationId,
    JSON.stringify({ lmsOwned: { user, org_unit: orgUnit } }),
  ]);
  const { rows } = await tx.client.query<{ lms_id: string }>(
    'select distinct lms_id::text from override where organization_id = $1',
    [tx.organizationId],
  );
  return touchedByLmsIds(
    tx,
    rows.map((row) => row.lms_id),
  );
}
