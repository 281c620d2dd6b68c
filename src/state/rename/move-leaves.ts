import type { Lane } from '../lane.ts';

/** Memberships that are leaving end under their new ids; what had that id before, and was to leave, has made room. */
export async function moveLeaves(
  { client, organizationId }: Pick<Lane, 'client' | 'organizationId'>,
  sourceSystemId: number,
  from: readonly string[],
  to: readonly string[],
): Promise<void> {
  const values = [organizationId, sourceSystemId, from, to];
  const moves = 'unnest($3::text[], $4::text[]) as r(was, becomes)';
  const waiting = `l.organization_id = $1 and l.source_system_id = $2 and l.state = 'waiting'`;
  await client.query({
    name: 'rename_clear_leave',
    text: `update run_leave l set state = 'ended', decided_at = now() from ${moves}
            where ${waiting} and l.sourced_id = r.becomes and exists (
                    select from run_leave w
                     where w.organization_id = $1 and w.source_system_id = $2 and w.sourced_id = r.was and w.state = 'waiting')`,
    values,
  });
  await client.query({
    name: 'rename_move_leave',
    text: `update run_leave l set sourced_id = r.becomes from ${moves} where ${waiting} and l.sourced_id = r.was`,
    values,
  });
}
