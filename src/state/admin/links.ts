import type { LinkView } from '../../domain/administration/index.ts';
import type { WireKind } from '../../domain/entities.ts';
import type { Scope } from './in-organization.ts';
import type { Sources } from './sources.ts';

/** LMS id -> the declared objects that it stands for, by source system and sourcedId. */
export type Links = (lmsId: string) => LinkView[];

/** The links of a page of LMS objects. */
export async function readLinks(
  { db, organizationId }: Scope,
  sources: Sources,
  lmsIds: readonly string[],
): Promise<Links> {
  const rows = await db
    .selectFrom('link')
    .select(['lms_id', 'source_system_id', 'sourced_id', 'kind'])
    .where('organization_id', '=', organizationId)
    .where('lms_id', 'in', lmsIds.length === 0 ? ['0'] : [...new Set(lmsIds)])
    .orderBy('source_system_id')
    .orderBy('sourced_id')
    .execute();
  const byLmsId = Map.groupBy(rows, (row) => row.lms_id);
  return (lmsId) =>
    (byLmsId.get(lmsId) ?? []).map((row) => ({
      sourceSystem: sources.codeOf(row.source_system_id),
      sourcedId: row.sourced_id,
      kind: row.kind,
    }));
}

/** The LMS objects that a sourcedId (in some source systems, of some kinds) is linked to. */
export async function linkedIds(
  { db, organizationId }: Scope,
  sourceIds: readonly number[],
  sourcedId: string,
  kinds: readonly WireKind[],
): Promise<string[]> {
  const rows = await db
    .selectFrom('link')
    .select('lms_id')
    .distinct()
    .where('organization_id', '=', organizationId)
    .where('source_system_id', 'in', sourceIds.length === 0 ? [0] : sourceIds)
    .where('sourced_id', '=', sourcedId)
    .where('kind', 'in', kinds)
    .execute();
  return rows.map((row) => row.lms_id);
}
