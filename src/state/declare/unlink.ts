import type { Lane, LaneSource } from '../lane.ts';
import { nothingUnlinked, type Unlinked, type UnlinkedIds } from '../touched.ts';
import type { Declaration } from './declare.ts';

/**
 * Undoes the links that a run has made which is taken back, as far as its commands wish so. An LMS object that the run made, and to which nobody else
 * is linked, is given up; its link stays, and does not count until the same record comes again. One that was there before, or that others need by
 * now, loses the link.
 */
export async function unlink(lane: Lane, source: LaneSource, batch: readonly Declaration[]): Promise<Unlinked> {
  const commands = batch.map(({ command }) => command).filter(({ wishes }) => wishes?.unlinks !== undefined);
  if (commands.length === 0) return nothingUnlinked;
  const { rows } = await lane.client.query<UnlinkedRow>({
    name: 'declared_unlink',
    text: unlinkSql,
    values: [
      lane.organizationId,
      source.id,
      commands.map(({ kind }) => kind),
      commands.map(({ sourcedId }) => sourcedId),
      commands.map(({ wishes }) => wishes?.unlinks === 'always'),
      lane.takesBack?.since,
      lane.takesBack?.runId,
    ],
  });
  return {
    users: idsOf(rows.filter(({ kind }) => kind === 'person')),
    orgUnits: idsOf(rows.filter(({ kind }) => kind !== 'person')),
  };
}

interface UnlinkedRow {
  readonly kind: string;
  readonly lmsId: string;
  readonly stays: boolean;
}

function idsOf(rows: readonly UnlinkedRow[]): UnlinkedIds {
  const { lost = [], givenUp = [] } = Object.groupBy(rows, ({ stays }) => (stays ? 'lost' : 'givenUp'));
  return { lost: lost.map(({ lmsId }) => lmsId), givenUp: givenUp.map(({ lmsId }) => lmsId) };
}

const unlinkSql = `
  with made as materialized (
    select l.kind, l.sourced_id, l.lms_id,
           l.adopted or exists (select from link o where o.organization_id = $1 and o.lms_id = l.lms_id
                                   and (o.source_system_id, o.sourced_id, o.kind) <> (l.source_system_id, l.sourced_id, l.kind)) as stays
      from unnest($3::text[], $4::text[], $5::boolean[]) as k(kind, sourced_id, always)
      cross join lateral (
        select * from link l
         where l.organization_id = $1 and l.source_system_id = $2 and l.sourced_id = k.sourced_id and l.kind = k.kind limit 1) l
      left join lateral (
        select d.declared_at from declared_user d
         where k.kind = 'person' and d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = k.sourced_id
        union all
        select d.declared_at from declared_org_unit d
         where k.kind <> 'person' and d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = k.sourced_id and d.kind = k.kind) d on true
     where k.always
        or case when l.adopted then l.linked_at between $6::timestamptz and d.declared_at
                else exists (select from change c
                              where c.organization_id = $1 and c.lms_id = l.lms_id and c.operation = 'created' and c.cause->>'messageId' = $7 offset 0) end
  ),
  unlinked as (
    delete from link l using made m
     where m.stays and l.organization_id = $1 and l.source_system_id = $2 and l.sourced_id = m.sourced_id and l.kind = m.kind
  )
  select kind, lms_id as "lmsId", stays from made`;
