import type { WriteCommand } from '../../domain/command.ts';
import type { EnrollmentFields, OrgUnitWireKind, RoleEntry } from '../../domain/entities.ts';
import { defer } from '../lane.ts';
import type { Lane, LaneSource } from '../lane.ts';
import type { Declaration, Declared, TouchedRows } from './declare.ts';
import { isSame } from './restate.ts';

type EnrollmentCommand = Extract<WriteCommand, { entity: 'enrollment' }>;

interface EnrollmentRow {
  sourced_id: string;
  user_sourced_id: string;
  org_unit_kind: string | null;
  org_unit_sourced_id: string;
  roles: RoleEntry[];
  attributes: Record<string, string> | null;
  deleted: boolean;
}

/** Declares memberships. Enrollments are always the SIS's: overwrite options do not apply (rule 14). */
export async function declareEnrollments(
  lane: Lane,
  source: LaneSource,
  batch: readonly Declaration[],
  touched: TouchedRows,
  answer: (declaration: Declaration, status: Declared) => void,
): Promise<void> {
  if (batch.length === 0) return;
  const before = await readEnrollments(
    lane,
    source,
    batch.map(({ command }) => command.sourcedId),
  );
  const rows = [];
  for (const declaration of batch) {
    const command = declaration.command as EnrollmentCommand;
    if (command.verb === 'delete' && command.pair !== undefined) {
      answer(declaration, await deletePair(lane, source, declaration, command.pair, touched));
      continue;
    }
    const was = before.get(command.sourcedId);
    const { status, row } = judge(command, was);
    answer(declaration, status);
    if (row === undefined) continue;
    rows.push({ ...row, message_id: declaration.messageId });
    touched.enrollments.push({ sourceSystemId: source.id, sourcedId: command.sourcedId });
  }
  if (rows.length > 0) defer(lane, writeEnrollments(lane, source, rows));
}

/** The row to write, if one is to be written. */
function judge(command: EnrollmentCommand, was: EnrollmentRow | undefined): { status: Declared; row?: EnrollmentRow } {
  const there = was !== undefined && !was.deleted;
  if (command.verb === 'delete') {
    return there ? { status: 'deleted', row: { ...was, deleted: true } } : { status: 'unknown' };
  }
  const stated = command.verb === 'replace' ? toRow(command) : updatedRow(command, was);
  if (stated === undefined) return { status: 'incomplete' };
  if (!there) return { status: 'created', row: stated };
  return isSame({ ...was }, stated) ? { status: 'unchanged' } : { status: 'updated', row: stated };
}

function toRow({ sourcedId, fields }: Extract<EnrollmentCommand, { verb: 'replace' }>): EnrollmentRow {
  return {
    sourced_id: sourcedId,
    user_sourced_id: fields.userSourcedId,
    org_unit_kind: fields.orgUnit.kind,
    org_unit_sourced_id: fields.orgUnit.sourcedId,
    roles: fields.roles,
    attributes: fields.attributes ?? null,
    deleted: false,
  };
}

/** An update of what is unknown must state the person, the org unit and the roles. */
function updatedRow(
  command: Extract<EnrollmentCommand, { verb: 'update' }>,
  was?: EnrollmentRow,
): EnrollmentRow | undefined {
  const { sourcedId, fields } = command;
  const orgUnit =
    fields.orgUnit ??
    (was && { kind: was.org_unit_kind as OrgUnitWireKind | null, sourcedId: was.org_unit_sourced_id });
  const userSourcedId = fields.userSourcedId ?? was?.user_sourced_id;
  const roles = fields.roles ?? was?.roles;
  if (orgUnit === undefined || userSourcedId === undefined || roles === undefined) return undefined;
  const attributes = fields.attributes === undefined ? was?.attributes : fields.attributes;
  return toRow({
    ...command,
    verb: 'replace',
    sourcedId,
    fields: { orgUnit, userSourcedId, roles, attributes: attributes ?? null },
  });
}

async function readEnrollments(lane: Lane, source: LaneSource, ids: string[]): Promise<Map<string, EnrollmentRow>> {
  const { rows } = await lane.client.query<EnrollmentRow>({
    name: 'declared_enrollment_read',
    text: `select d.*
             from unnest($3::text[]) as k(sourced_id)
             cross join lateral (
               select d.sourced_id, d.user_sourced_id, d.org_unit_kind, d.org_unit_sourced_id, d.roles, d.attributes, d.deleted
                 from declared_enrollment d
                where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = k.sourced_id limit 1) d`,
    values: [lane.organizationId, source.id, ids],
  });
  return new Map(rows.map((row) => [row.sourced_id, row]));
}

/** The former person and org unit stay noted in user_id and org_unit_id until projection has looked at them (rule 8). */
async function writeEnrollments(lane: Lane, source: LaneSource, rows: object[]): Promise<void> {
  await lane.client.query({
    name: 'declared_enrollment_write',
    text: `insert into declared_enrollment (organization_id, source_system_id, sourced_id, user_sourced_id, org_unit_kind,
                                            org_unit_sourced_id, roles, attributes, deleted, message_id)
           select $1, $2, r.sourced_id, r.user_sourced_id, r.org_unit_kind, r.org_unit_sourced_id, r.roles,
                  nullif(r.attributes, 'null'), r.deleted, r.message_id
             from jsonb_to_recordset($3) as r(sourced_id text, user_sourced_id text, org_unit_kind text, org_unit_sourced_id text,
                                              roles jsonb, attributes jsonb, deleted boolean, message_id uuid)
           on conflict (organization_id, sourced_id, source_system_id) do update
              set user_sourced_id = excluded.user_sourced_id, org_unit_kind = excluded.org_unit_kind,
                  org_unit_sourced_id = excluded.org_unit_sourced_id, roles = excluded.roles, attributes = excluded.attributes,
                  deleted = excluded.deleted, message_id = excluded.message_id, declared_at = now()`,
    values: [lane.organizationId, source.id, JSON.stringify(rows)],
  });
}

/** Deletes all that this source system declared for a person and an org unit (rule 5). */
async function deletePair(
  lane: Lane,
  source: LaneSource,
  { messageId }: Declaration,
  pair: Pick<EnrollmentFields, 'userSourcedId' | 'orgUnit'>,
  touched: TouchedRows,
): Promise<Declared> {
  const { rows } = await lane.client.query<{ sourced_id: string }>({
    name: 'declared_enrollment_delete_pair',
    text: `update declared_enrollment set deleted = true, message_id = $5, declared_at = now()
            where organization_id = $1 and source_system_id = $2 and user_sourced_id = $3 and org_unit_sourced_id = $4 and not deleted
        returning sourced_id`,
    values: [lane.organizationId, source.id, pair.userSourcedId, pair.orgUnit.sourcedId, messageId],
  });
  touched.enrollments.push(...rows.map((row) => ({ sourceSystemId: source.id, sourcedId: row.sourced_id })));
  return rows.length > 0 ? 'deleted' : 'unknown';
}
