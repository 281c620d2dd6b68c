import { listChange, statesFields } from '../../../domain/command.ts';
import type { RecordCommand } from '../../../domain/command.ts';
import type { WireKind } from '../../../domain/entities.ts';
import type { Reading } from '../../lane.ts';
import type { PlanRecord } from './planning.ts';
import type { SeenKeys } from './seen-keys.ts';

/** What a record refers to; no kind: an org unit of any. */
export interface Reference {
  readonly kind: WireKind | '';
  readonly sourcedId: string;
}

interface Wanted extends Reference {
  waiting: number;
  readonly first: PlanRecord;
}

/**
 * Notes what records refer to and nobody has stated so far, with how many wait for it; it may still come. What was noted before
 * is counted on.
 *
 * @returns what was found, to be known from when this is committed
 */
export async function noteMissing(
  { client, organizationId }: Reading,
  run: { readonly id: string; readonly sourceSystemId: number },
  records: readonly PlanRecord[],
  known: SeenKeys,
  sectionsBring: boolean,
): Promise<readonly Reference[]> {
  const wanted = new Map<string, Wanted>();
  for (const record of records) {
    for (const reference of referencesOf(record.command, sectionsBring)) {
      if (known.has(reference)) continue;
      const key = `${reference.kind} ${reference.sourcedId}`;
      const one = wanted.get(key);
      if (one === undefined) wanted.set(key, { ...reference, waiting: 1, first: record });
      else one.waiting += 1;
    }
  }
  if (wanted.size === 0) return [];
  const all = [...wanted.values()];
  const { rows } = await client.query<{ key: string }>({
    name: 'run_missing_note',
    text: noteSql,
    values: [
      organizationId,
      run.sourceSystemId,
      run.id,
      all.map(({ kind }) => kind),
      all.map(({ sourcedId }) => sourcedId),
      all.map(({ waiting }) => waiting),
      all.map(({ first }) => first.file?.name ?? null),
      all.map(({ first }) => first.line ?? null),
      all.map(({ first }) => first.command.kind),
    ],
  });
  const missing = new Set(rows.map(({ key }) => key));
  return all.filter(({ kind, sourcedId }) => !missing.has(`${kind} ${sourcedId}`));
}

/** What a reference means among what the run has stated. */
const meansSql = `s.organization_id = $1 and s.run_id = $3 and s.sourced_id = w.sourced_id and s.states
             and (s.kind = w.kind or (w.kind = '' and s.kind <> 'person'))`;

/** Of how many kinds there are org units of an id: a reference that names no kind means the only one. */
const kindsThereSql = `select count(*) from (
         select s.kind from run_seen s where s.organization_id = $1 and s.run_id = $3 and s.sourced_id = w.sourced_id and s.states and s.kind <> 'person'
         union
         select d.kind from declared_org_unit d
          where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = w.sourced_id and not d.deleted) k`;

/** Looked up key by key, whatever the planner believes: a batch wants little of what may be much. */
const noteSql = `
  with wanted as (
    select * from unnest($4::text[], $5::text[], $6::bigint[], $7::text[], $8::integer[], $9::text[])
                  as w(kind, sourced_id, waiting, file, line, by_kind)
  ),
  noted as (
    insert into run_missing (organization_id, run_id, sourced_id, kind, waiting, file, line, by_kind)
    select $1, $3, w.sourced_id, w.kind, w.waiting, w.file, w.line, w.by_kind
      from wanted w
     where (w.kind = '' and (${kindsThereSql}) > 1) or (not exists (select from run_seen s where ${meansSql} offset 0)
       and not exists (select from declared_user d
                        where w.kind = 'person' and d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = w.sourced_id
                          and not d.deleted and not d.released offset 0)
       and not exists (select from declared_org_unit d
                        where w.kind <> 'person' and d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = w.sourced_id
                          and (w.kind = '' or d.kind = w.kind) and not d.deleted and not d.released offset 0))
    on conflict (organization_id, run_id, sourced_id, kind) do update set waiting = run_missing.waiting + excluded.waiting
    returning kind, sourced_id
  )
  select kind || ' ' || sourced_id as key from noted`;

/** @param sectionsBring what sections name is implied, where nobody else states it */
function referencesOf(command: RecordCommand, sectionsBring: boolean): Reference[] {
  // What an update takes out of a list is not referred to any longer.
  if (!statesFields(command) || listChange(command) === 'remove') return [];
  switch (command.entity) {
    case 'user':
      return (command.fields.relations ?? []).map(({ sourcedId }) => ({ kind: 'person', sourcedId }));
    case 'org_unit':
      return (command.fields.parents ?? [])
        .filter(({ role }) => role === 'parent' || command.kind !== 'section' || !sectionsBring)
        .map(({ kind, sourcedId }) => ({ kind: kind ?? '', sourcedId }));
    case 'association':
      return (command.fields.sections ?? []).map((sourcedId) => ({ kind: 'section', sourcedId }));
    case 'enrollment': {
      const { userSourcedId, orgUnit } = command.fields;
      const references: Reference[] = [];
      if (userSourcedId !== undefined) references.push({ kind: 'person', sourcedId: userSourcedId });
      if (orgUnit !== undefined) references.push({ kind: orgUnit.kind ?? '', sourcedId: orgUnit.sourcedId });
      return references;
    }
  }
}
