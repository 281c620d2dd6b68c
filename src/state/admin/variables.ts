import { sql } from 'kysely';
import type { VariableAdministration, VariableChange, VariableView } from '../../domain/administration/index.ts';
import {
  effectiveVariables,
  type VariableDefinition,
  variableDefinitions,
  type VariableName,
  variableNames,
  type VariableValue,
} from '../../domain/variables.ts';
import { decodeNumberAfter, toPage } from './cursor.ts';
import { type EditUnderLane, notifyConfiguration } from './edits.ts';
import { type Database, readOrganization, type Scope } from './in-organization.ts';

/** Variables are not projected: an edit of one touches nothing that is there, and holds for what arrives after it. */
export function createVariables(db: Database, edit: EditUnderLane): VariableAdministration {
  return {
    list: (organizationId, sourceSystemId) =>
      readOrganization(db, organizationId, async (scope) => toViews(await readSet(scope), sourceSystemId)),
    effective: (organizationId) =>
      readOrganization(db, organizationId, async (scope) => effectiveVariables((await readSet(scope)).get(null) ?? {})),
    set: (editor, sourceSystemId, name, value) =>
      edit(editor, 'option', async (scope) => {
        const before = (await readSet(scope)).get(sourceSystemId)?.[name];
        if (before === value) return { result: undefined };
        await (value === null ? unset(scope, sourceSystemId, name) : set(scope, sourceSystemId, name, value));
        if (value === null && before === undefined) return { result: undefined };
        await record(scope, { sourceSystemId, name, before: before ?? null, after: value, actor: editor.actor });
        await notifyConfiguration(scope, sourceSystemId ?? undefined);
        return { result: undefined };
      }),
    history: (organizationId, sourceSystemId, name, { limit, after }) =>
      readOrganization(db, organizationId, async ({ db: rows }) => {
        const before = decodeNumberAfter(after);
        const found = await rows
          .selectFrom('variable_history as h')
          .leftJoin('source_system as s', (join) =>
            join.onRef('s.organization_id', '=', 'h.organization_id').onRef('s.id', '=', 'h.source_system_id'),
          )
          .select(['h.id', 's.code', 'h.before', 'h.after', 'h.actor', 'h.changed_at'])
          .where('h.organization_id', '=', organizationId)
          .where('h.name', '=', name)
          .$if(sourceSystemId !== undefined, (query) => query.where('h.source_system_id', '=', sourceSystemId ?? null))
          .$if(before !== undefined, (query) => query.where('h.id', '<', before ?? ''))
          .orderBy('h.id', 'desc')
          .limit(limit + 1)
          .execute();
        return toPage(found, limit, (row) => [row.id], toChange);
      }),
  };
}

/** A name that is not there is undefined. */
type Layer = Readonly<Record<string, VariableValue>>;

/** What is set, by source system; null = of the organization. */
async function readSet({ db, organizationId }: Scope): Promise<ReadonlyMap<number | null, Layer>> {
  const rows = await db
    .selectFrom('variable')
    .select(['source_system_id', 'name', 'value'])
    .where('organization_id', '=', organizationId)
    .execute();
  const layers = new Map<number | null, Layer>();
  for (const { source_system_id, name, value } of rows) {
    layers.set(source_system_id, { ...layers.get(source_system_id), [name]: value });
  }
  return layers;
}

function toViews(layers: ReadonlyMap<number | null, Layer>, sourceSystemId: number | null): VariableView[] {
  const own = sourceSystemId === null ? undefined : layers.get(sourceSystemId);
  const common = layers.get(null);
  return variableNames.map((name) => {
    const definition: VariableDefinition = variableDefinitions[name];
    const { scope, description } = definition;
    const value = own?.[name] ?? common?.[name] ?? definition.default;
    const setAt = own?.[name] !== undefined ? 'source_system' : common?.[name] !== undefined ? 'organization' : null;
    const words = 'values' in definition ? { values: [...definition.values] } : {};
    return { name, value, setAt, scope, default: definition.default, ...words, description };
  });
}

async function set(
  scope: Scope,
  sourceSystemId: number | null,
  name: VariableName,
  value: VariableValue,
): Promise<void> {
  await scope.db
    .insertInto('variable')
    .values({
      organization_id: scope.organizationId,
      source_system_id: sourceSystemId,
      name,
      value: JSON.stringify(value),
    })
    .onConflict((conflict) =>
      conflict.columns(['organization_id', 'scope', 'name']).doUpdateSet({ value: JSON.stringify(value) }),
    )
    .execute();
}

async function unset(scope: Scope, sourceSystemId: number | null, name: VariableName): Promise<void> {
  await scope.db
    .deleteFrom('variable')
    .where('organization_id', '=', scope.organizationId)
    .where('scope', '=', sourceSystemId ?? 0)
    .where('name', '=', name)
    .execute();
}

interface Recorded {
  sourceSystemId: number | null;
  name: VariableName;
  before: VariableValue | null;
  after: VariableValue | null;
  actor: string;
}

async function record(scope: Scope, { sourceSystemId, before, after, ...facts }: Recorded): Promise<void> {
  const toJson = (value: VariableValue | null) => (value === null ? sql<null>`null` : JSON.stringify(value));
  await scope.db
    .insertInto('variable_history')
    .values({
      organization_id: scope.organizationId,
      source_system_id: sourceSystemId,
      before: toJson(before),
      after: toJson(after),
      ...facts,
    })
    .execute();
}

function toChange(row: {
  code: string | null;
  before: VariableValue | null;
  after: VariableValue | null;
  actor: string;
  changed_at: Date;
}): VariableChange {
  const { code, before, after, actor, changed_at } = row;
  return { sourceSystem: code, before, after, actor, changedAt: changed_at.toISOString() };
}
