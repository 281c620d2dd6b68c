import type { ObjectAdministration, WaitingView } from '../../domain/administration/index.ts';
import { decodeAfter, toPage } from './cursor.ts';
import { type Database, readOrganization, type Scope } from './in-organization.ts';
import { readLinks } from './links.ts';
import { readSources, type Sources } from './sources.ts';
import { readWaitingRows, type WaitingKey, type WaitingRow } from './waiting-rows.ts';
import { relationProblem, shortened, waitProblem } from '../standing.ts';

/** Declared rows that are not projected, or of which something is withheld: by entity, reason and sourcedId. */
export function createWaiting(db: Database): Pick<ObjectAdministration, 'listWaiting'> {
  return {
    listWaiting: (organizationId, filter, { limit, after }) =>
      readOrganization(db, organizationId, async (scope) => {
        const sources = await readSources(scope);
        const sourceIds = filter.sourceSystem === undefined ? undefined : sources.idsFor(filter.sourceSystem);
        const rows = await readWaitingRows(scope, filter, { sourceIds, after: toKey(after), limit: limit + 1 });
        const toView = await viewer(scope, sources, rows.slice(0, limit));
        return toPage(rows, limit, keyOf, toView);
      }),
  };
}

function toKey(after: string | undefined): WaitingKey | undefined {
  return decodeAfter(after, 5) as WaitingKey | undefined;
}

function keyOf(row: WaitingRow): WaitingKey {
  return [row.entity, row.wait_code, row.sourced_id, String(row.source_system_id), row.kind];
}

function messageOf({ entity, wait_code: code, wait_on: on, live }: WaitingRow): string {
  if (entity === 'relation') return relationProblem({ code, on: on ?? '' }).message;
  return waitProblem(code, on, live).message;
}

async function viewer(
  scope: Scope,
  sources: Sources,
  rows: readonly WaitingRow[],
): Promise<(row: WaitingRow) => WaitingView> {
  const links = await readLinks(
    scope,
    sources,
    rows.flatMap((row) => row.lms_id ?? []),
  );
  return (row) => ({
    entity: row.entity,
    kind: row.kind,
    sourcedId: row.sourced_id,
    sourceSystem: sources.codeOf(row.source_system_id),
    lmsId: row.lms_id,
    links: row.lms_id === null ? [] : links(row.lms_id),
    code: row.wait_code,
    on: row.wait_on === null ? null : shortened(row.wait_on),
    message: messageOf(row),
    since: row.declared_at.toISOString(),
    messageId: row.message_id,
  });
}
