import type { Lane } from '../lane.ts';
import type { Touched } from '../touched.ts';
import type { LmsPair } from './along-edges.ts';

/** The kind of queued pairs; the other kinds are those of declared rows. */
const pairKind = 'pair';

/**
 * Queues rows to be projected again, in the transaction that touched them (rule 8).
 *
 * @param pairs enrollments to settle, which no declared row need lead to any more
 */
export async function queueReprojection(lane: Lane, touched: Touched, pairs: readonly LmsPair[] = []): Promise<void> {
  const named = [
    ...touched.users.map((key) => ({ ...key, kind: 'person' })),
    ...touched.orgUnits,
    ...touched.enrollments.map((key) => ({ ...key, kind: 'membership' })),
    // By the person who states them.
    ...touched.relations.map((key) => ({ ...key, kind: 'relation' })),
    ...pairs.map(pairKey),
  ];
  // Each once, so that the progress ends at the total.
  const keys = [
    ...new Map(named.map((key) => [`${String(key.sourceSystemId)} ${key.kind} ${key.sourcedId}`, key])).values(),
  ];
  if (keys.length === 0) return;
  await lane.client.query({
    name: 'reprojection_queue',
    text: `
      with job as (
        insert into reprojection (organization_id, cause, total) values ($1, $2, cardinality($3::integer[])) returning id
      )
      insert into reprojection_key (organization_id, reprojection_id, source_system_id, kind, sourced_id)
      select $1, job.id, k.* from job, unnest($3::integer[], $4::text[], $5::text[]) as k(source_system_id, kind, sourced_id)
      on conflict do nothing`,
    values: [
      lane.organizationId,
      JSON.stringify(lane.cause),
      keys.map((key) => key.sourceSystemId),
      keys.map((key) => key.kind),
      keys.map((key) => key.sourcedId),
    ],
  });
}

/** In the columns of a declared row's key: LMS ids are of no source system. */
function pairKey({ userId, orgUnitId }: LmsPair): { sourceSystemId: number; kind: string; sourcedId: string } {
  return { sourceSystemId: 0, kind: pairKind, sourcedId: `${userId} ${orgUnitId}` };
}

/** The pair that a queued key stands for; undefined where it is one of a declared row. */
export function queuedPair({ kind, sourced_id }: { kind: string; sourced_id: string }): LmsPair | undefined {
  const [userId, orgUnitId] = sourced_id.split(' ');
  return kind !== pairKind || userId === undefined || orgUnitId === undefined ? undefined : { userId, orgUnitId };
}
