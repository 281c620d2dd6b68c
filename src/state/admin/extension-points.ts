import { createHash } from 'node:crypto';
import {
  type AssociationHistoryView,
  type ChosenListView,
  type ExtensionPointAdministration,
  shippedVersion,
} from '../../domain/administration/index.ts';
import type { ChosenList, ListEntry } from '../../domain/extension-points.ts';
import { chosenFrom } from '../source-system-lookup.ts';
import { decodeNumberAfter, toPage } from './cursor.ts';
import { type EditUnderLane, notifyConfiguration } from './edits.ts';
import { requireVersion } from './expected.ts';
import { type Database, readOrganization, type Scope } from './in-organization.ts';

/** Lists decide how messages are handled, not how what is there projects: an edit holds for what arrives after it. */
export function createExtensionPoints(db: Database, edit: EditUnderLane): ExtensionPointAdministration {
  return {
    chosen: (organizationId) => readOrganization(db, organizationId, async (scope) => select(scope)),
    choose: (editor, { point, sourceSystemId }, chosen, expected) =>
      edit(editor, 'option', async (scope) => {
        const lists = await select(scope);
        const before = lists.find((list) => list.point === point && list.sourceSystemId === sourceSystemId);
        requireVersion(before?.version ?? shippedVersion, expected);
        await remove(scope, point, sourceSystemId);
        if (chosen !== null) await insert(scope, { point, sourceSystemId, chosen, changedBy: editor.actor });
        await notifyConfiguration(scope, sourceSystemId ?? undefined);
        return { result: undefined };
      }),
    associationHistory: (organizationId, sourceSystemId, sourcedId, { limit, after }) =>
      readOrganization(db, organizationId, async ({ db: rows }) => {
        const before = decodeNumberAfter(after);
        const found = await rows
          .selectFrom('association_history')
          .select(['id', 'at', 'message_id', 'added', 'removed'])
          .where('organization_id', '=', organizationId)
          .where('sourced_id', '=', sourcedId)
          .where('source_system_id', '=', sourceSystemId)
          .$if(before !== undefined, (query) => query.where('id', '<', before ?? ''))
          .orderBy('id', 'desc')
          .limit(limit + 1)
          .execute();
        return toPage(found, limit, (row) => [row.id], toHistory);
      }),
  };
}

async function select({ db, organizationId }: Scope): Promise<ChosenListView[]> {
  const rows = await db
    .selectFrom('extension_point_list')
    .select(['point', 'source_system_id', 'template', 'entries', 'changed_at', 'changed_by'])
    .where('organization_id', '=', organizationId)
    .orderBy('point')
    .orderBy('scope')
    .execute();
  return rows.map((row) => {
    const chosen = chosenFrom(row.template, row.entries as ListEntry[] | null);
    return {
      point: row.point,
      sourceSystemId: row.source_system_id,
      chosen,
      changedAt: row.changed_at.toISOString(),
      changedBy: row.changed_by,
      version: versionOf(chosen),
    };
  });
}

function versionOf(chosen: ChosenList): string {
  return createHash('sha256').update(JSON.stringify(chosen)).digest('hex').slice(0, 16);
}

async function remove({ db, organizationId }: Scope, point: string, sourceSystemId: number | null): Promise<void> {
  await db
    .deleteFrom('extension_point_list')
    .where('organization_id', '=', organizationId)
    .where('point', '=', point)
    .where('scope', '=', sourceSystemId ?? 0)
    .execute();
}

type New = Pick<ChosenListView, 'point' | 'sourceSystemId' | 'chosen' | 'changedBy'>;

async function insert({ db, organizationId }: Scope, { point, sourceSystemId, chosen, changedBy }: New): Promise<void> {
  await db
    .insertInto('extension_point_list')
    .values({
      organization_id: organizationId,
      point,
      source_system_id: sourceSystemId,
      template: 'template' in chosen ? chosen.template : null,
      entries: 'entries' in chosen ? JSON.stringify(chosen.entries) : null,
      changed_by: changedBy,
    })
    .execute();
}

function toHistory(row: { at: Date; message_id: string; added: string[]; removed: string[] }): AssociationHistoryView {
  return { at: row.at.toISOString(), messageId: row.message_id, added: row.added, removed: row.removed };
}
