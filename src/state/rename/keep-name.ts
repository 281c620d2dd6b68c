import type { LaneSource } from '../lane.ts';
import { isKept } from '../declare/restate.ts';
import type { Renaming } from './rename.ts';

/**
 * Who may not overwrite the code or org-defined id (rule 14) does not by another sourcedId either: a row that states none, and whose
 * LMS object is called by the id, states it from now on. Done before the rows move.
 */
export async function keepName({ lane, sourceSystemId, kind, moves }: Renaming, source: LaneSource): Promise<void> {
  if (kind === 'membership' || moves.length === 0) return;
  const isPerson = kind === 'person';
  const { overwrite } = source.options;
  const field = isPerson ? 'orgDefinedId' : 'code';
  await lane.client.query({
    name: isPerson ? 'rename_keep_id' : 'rename_keep_code',
    text: `
      update ${isPerson ? 'declared_user' : 'declared_org_unit'} d set fields = d.fields || jsonb_build_object('${field}', d.sourced_id)
       where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = any($3::text[]) and ${isPerson ? `$4 = 'person'` : 'd.kind = $4'}
         and d.fields ->> '${field}' is null and ($5 or d.kept ? '${field}')
         and exists (
               select from link l
                 join ${isPerson ? 'lms_user' : 'lms_org_unit'} u on u.organization_id = $1 and u.id = l.lms_id
                where l.organization_id = $1 and l.source_system_id = $2 and l.sourced_id = d.sourced_id and l.kind = $4
                  and ${isPerson ? 'u.org_defined_id_key' : 'u.code_key'} = fold(d.sourced_id))`,
    values: [
      lane.organizationId,
      sourceSystemId,
      moves.map(({ from }) => from),
      kind,
      isKept(field, overwrite[isPerson ? 'user' : 'orgUnit']),
    ],
  });
}
