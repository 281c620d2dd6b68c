import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { NoticeEvent } from '../../domain/notices.ts';

/** What happened to a source system, besides what happens to its runs: that is told by the database itself (migration 0017). */
export interface RaisedEvent {
  readonly organizationId: number;
  readonly sourceSystemId: number;
  readonly event: NoticeEvent;
  /** What there is to tell: `silence`, an `exchange`, or `holds` that belong to no run. */
  readonly detail: object;
}

/** Writes an event in the transaction in which it happens; nothing where nobody in the organization wants to be told. */
export async function raiseEvent(
  client: pg.ClientBase,
  { organizationId, sourceSystemId, event, detail }: RaisedEvent,
): Promise<void> {
  await client.query(
    `insert into notification_event (organization_id, id, source_system_id, event, detail)
     select $1, $2, $3, $4, $5 where exists (select from notification_subscription where organization_id = $1)`,
    [organizationId, randomUUID(), sourceSystemId, event, JSON.stringify(detail)],
  );
}
