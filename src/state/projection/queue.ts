import type { Lane } from '../lane.ts';
import type { Touched } from '../touched.ts';

/** Queues rows to be projected again, in the transaction that touched them (rule 8). */
export async function queueReprojection(lane: Lane, touched: Touched): Promise<void> {
  const named = [
    ...touched.users.map((key) => ({ ...key, kind: 'person' })),
    ...touched.orgUnits,
    ...touched.enrollments.map((key) => ({ ...key, kind: 'membership' })),
    // By the person who states them.
    ...touched.relations.map((key) => ({ ...key, kind: 'relation' })),
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
