import type pg from 'pg';
import type { RecordCommand, Tombstone } from '../../../domain/command.ts';
import type { EntityKind, WireKind } from '../../../domain/entities.ts';
import { inOrganization } from '../../in-transaction.ts';
import { plannerSettings } from '../../lane.ts';
import type { LeasedRun } from '../lease.ts';
import { isDeclaredBySql, isLeftOutSql, isReachedSql } from '../newer-sql.ts';
import type { PlanRecord } from './planning.ts';

const pageSize = 2_000;

export interface RollbackPage {
  readonly records: readonly PlanRecord[];
  /** How many items of the other run were looked at so far, and how many it has. */
  readonly itemsRead: number;
  readonly itemsTotal: number;
}

/**
 * What takes a run back: for each key that it has applied, the last one first, a command that declares the row as it was before
 * the run. What was not there is deleted.
 */
export async function* rollbackPages(pool: pg.Pool, run: LeasedRun): AsyncGenerator<RollbackPage> {
  let before: number | null = null;
  for (;;) {
    const rows = await readPage(pool, run, before);
    const last = rows.at(-1);
    if (last === undefined) return;
    const isLast = rows.length < pageSize;
    before = Number(last.number);
    const itemsTotal = Number(last.items_total);
    // They are looked at from the last one to the first one.
    const itemsRead = isLast ? itemsTotal : Math.max(0, itemsTotal - before);
    yield { records: rows.map((row) => ({ command: commandOf(row) })), itemsRead, itemsTotal };
    if (isLast) return;
  }
}

interface Row {
  number: string;
  entity: EntityKind;
  kind: WireKind;
  sourced_id: string;
  before: Image | null;
  items_total: string;
}

interface Image extends Tombstone {
  messageId: string | null;
  deleted: boolean;
  released?: boolean;
  onDelete?: 'inactivate' | 'delete' | null;
  leaving?: 'inactive' | 'active';
  /** null = for good. */
  leavingUntil?: string | null;
}

function readPage(pool: pg.Pool, run: LeasedRun, before: number | null): Promise<Row[]> {
  return inOrganization(pool, run.organizationId, async (client) => {
    await client.query(plannerSettings);
    const { rows } = await client.query<Row>({
      name: 'run_rollback_page',
      text: pageSql,
      values: [run.organizationId, run.takesBack, before, run.options.only ?? null, pageSize],
    });
    return rows;
  });
}

/** An item of `run_item` that the run (`r`) has applied. */
const appliedSql = (item: string): string => `
  ((${isReachedSql(item, 'r')}
    -- A worker that was killed may have committed some of a range and not how far it was (docs/adr/0063).
    or (${item}.kind = 'membership' and ${isDeclaredBySql('declared_enrollment', 'r', `${item}.sourced_id`)})
    or (${item}.kind = 'person' and ${isDeclaredBySql('declared_user', 'r', `${item}.sourced_id`)}))
   and not ${isLeftOutSql(item)})`;

/** The first item of a key that was applied has the row as it was before the run. */
const pageSql = `
  select i.number, i.entity, i.kind, i.sourced_id, i.before, r.items as items_total
    from run_item i
    join run r on r.organization_id = $1 and r.id = $2
   where i.organization_id = $1 and i.run_id = $2 and ($3::bigint is null or i.number < $3) and ($4::text[] is null or i.sourced_id = any($4))
     and ${appliedSql('i')}
     and not exists (select from run_item e
                      where e.sourced_id = i.sourced_id and e.run_id = $2 and e.organization_id = $1 and e.kind = i.kind and e.number < i.number
                        and ${appliedSql('e')})
   order by i.number desc limit $5`;

function commandOf({ entity, kind, sourced_id: sourcedId, before }: Row): RecordCommand {
  const key = { entity, kind, sourcedId };
  const wasThere = before !== null && !before.deleted && before.released !== true && before.implied !== true;
  if (!wasThere)
    return { ...key, verb: 'delete', tombstone: tombstoneOf(entity, before), ...lmsWish(before) } as RecordCommand;
  const { kept = [], leaving, leavingUntil = null } = before;
  const wishes = {
    ...(entity === 'enrollment' ? {} : { restores: true }),
    ...(kept.length === 0 ? {} : { keep: kept }),
    ...(leaving === undefined ? {} : { leaves: { meanwhile: leaving, until: leavingUntil } }),
  };
  const asked = Object.keys(wishes).length === 0 ? {} : { wishes };
  // The image of a row is what the row declares.
  return { ...key, verb: 'replace', fields: fieldsOf(entity, before), ...asked } as RecordCommand;
}

/** What was not there states nothing: a deleted membership with roles may go on to support the course offering of its section. */
function tombstoneOf(entity: EntityKind, before: Image | null): Tombstone {
  if (before === null) return entity === 'enrollment' ? { roles: [] } : {};
  const { messageId: _message, deleted: _deleted, released: _released, onDelete: _onDelete, ...stated } = before;
  return entity === 'enrollment' ? { attributes: null, ...stated } : stated;
}

function lmsWish(before: Image | null): object {
  const lms = before?.released === true ? 'leave' : before?.onDelete;
  return lms == null ? {} : { wishes: { lms } };
}

function fieldsOf(entity: EntityKind, before: Image): Record<string, unknown> {
  const { fields = {}, parents = [], sections = [], userSourcedId, orgUnit, roles, attributes } = before;
  switch (entity) {
    case 'user':
      return fields;
    case 'org_unit':
      return { ...fields, ...(parents.length === 0 ? {} : { parents }) };
    case 'association': {
      const { type: _type, ...stated } = fields;
      return { ...stated, sections };
    }
    case 'enrollment':
      return { userSourcedId, orgUnit, roles, ...(attributes == null ? {} : { attributes }) };
  }
}
