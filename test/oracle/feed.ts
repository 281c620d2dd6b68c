import type pg from 'pg';
import { inOrganization } from './compare.ts';

type Image = Record<string, unknown>;
export type FeedChange = {
  seq: number;
  entity: 'user' | 'org_unit' | 'enrollment';
  lms_id: string;
  operation: 'created' | 'updated' | 'deleted';
  before: Image | null;
  after: Image | null;
};

/** Reads the feed of an organization after a cursor, as a client does. */
export async function readFeed(
  pool: pg.Pool,
  organizationId: number,
  after = 0,
  limit = 10_000,
): Promise<FeedChange[]> {
  return inOrganization(pool, organizationId, async (client) => {
    const { rows } = await client.query<FeedChange>(
      `select seq::integer, entity, lms_id::text, operation, before, after from change
        where organization_id = $1 and seq > $2 order by seq limit $3`,
      [organizationId, after, limit],
    );
    return rows;
  });
}
