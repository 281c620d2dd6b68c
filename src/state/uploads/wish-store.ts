import type pg from 'pg';
import { GatewayError } from '../../domain/problem.ts';
import type { RunMode } from '../../domain/run.ts';
import type { EarlierUpload, UploadOptions, UploadRun, UploadWay, WishedUpload } from '../../domain/upload.ts';
import type { WishStore } from '../../domain/upload-stores.ts';
import { inSpool } from './in-spool.ts';

export function createWishStore({ pool }: { readonly pool: pg.Pool }): WishStore {
  const select = async (organizationId: number, condition: string, values: readonly unknown[]) => {
    const { rows } = await inSpool(pool, organizationId, (client) =>
      client.query<WishedRow>(`${selectWished} where u.organization_id = $1 and ${condition}`, [
        organizationId,
        ...values,
      ]),
    );
    return rows.map(toWished);
  };
  const run = async (organizationId: number, statement: string, values: readonly unknown[]): Promise<number> => {
    const { rowCount } = await inSpool(pool, organizationId, (client) =>
      client.query(statement, [organizationId, ...values]),
    );
    return rowCount ?? 0;
  };
  return {
    async put(organizationId, uploadId, { mode, options, reprocess, requestedBy }, expiresAt) {
      await run(
        organizationId,
        `insert into upload_wish (organization_id, upload_id, mode, options, reprocess, requested_by, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7)`,
        [uploadId, mode, JSON.stringify(options), reprocess, requestedBy, expiresAt],
      );
    },
    async find(organizationId, uploadId) {
      return (await select(organizationId, 'u.id = $2', [uploadId]))[0];
    },
    list: (organizationId, sourceSystemId, limit, after) =>
      select(
        organizationId,
        'u.source_system_id = $2 and ($4::uuid is null or u.id < $4) order by u.id desc limit $3',
        [sourceSystemId, limit, after ?? null],
      ),
    async keptBytes(organizationId, sourceSystemId) {
      const { rows } = await inSpool(pool, organizationId, (client) =>
        client.query<{ bytes: string }>(
          `select coalesce(sum(case when u.sha256 is null then greatest(u.received_bytes, u.announced_bytes)
                                    else u.received_bytes end), 0) as bytes
             from upload u where u.organization_id = $1 and u.source_system_id = $2 and not u.forgotten`,
          [organizationId, sourceSystemId],
        ),
      );
      return Number(rows[0]?.bytes ?? 0);
    },
    async trust(organizationId, uploadId, bytes) {
      await run(
        organizationId,
        'update upload_wish set trusted_bytes = $3 where organization_id = $1 and upload_id = $2',
        [uploadId, bytes],
      );
    },
    async postpone(organizationId, uploadId, expiresAt) {
      await run(
        organizationId,
        'update upload_wish set expires_at = $3 where organization_id = $1 and upload_id = $2',
        [uploadId, expiresAt],
      );
    },
    repeated: (organizationId, uploadId) => findRepeated(pool, organizationId, uploadId),
    async requested(organizationId, uploadId) {
      const { rows } = await inSpool(pool, organizationId, (client) =>
        client.query<{ id: string }>(
          `select r.id from run r
             join upload_wish w on w.organization_id = r.organization_id and w.upload_id = r.upload_id and w.mode = r.mode
            where r.organization_id = $1 and r.upload_id = $2 order by r.id limit 1`,
          [organizationId, uploadId],
        ),
      );
      return rows[0]?.id;
    },
    async settle(organizationId, uploadId, to) {
      const { runId = null, repeats = null } = { runId: undefined, repeats: undefined, ...to };
      const settled = await run(
        organizationId,
        'update upload_wish set run_id = $3, repeats = $4 where organization_id = $1 and upload_id = $2',
        [uploadId, runId, repeats],
      );
      if (settled !== 1) throw new GatewayError('not_found', `There is no upload ${uploadId}.`);
    },
    unsettled: (organizationId, before, after) =>
      select(
        organizationId,
        `w.run_id is null and w.repeats is null and u.completed_at < $2 and ($3::uuid is null or u.id > $3)
         order by u.id limit 100`,
        [before, after ?? null],
      ),
    removeExpired: (organizationId, before) =>
      run(
        organizationId,
        `delete from upload u
          where u.organization_id = $1 and u.sha256 is null
            and case when exists (select from upload_wish w
                                   where w.organization_id = u.organization_id and w.upload_id = u.id)
                     then exists (select from upload_wish w
                                   where w.organization_id = u.organization_id and w.upload_id = u.id
                                     and w.expires_at < now())
                     else u.created_at < $2 end`,
        [before],
      ),
    async hasBytes(organizationId, uploadId) {
      const { rowCount } = await inSpool(pool, organizationId, (client) =>
        client.query('select from upload where organization_id = $1 and id = $2 and not forgotten', [
          organizationId,
          uploadId,
        ]),
      );
      return rowCount === 1;
    },
    async forgetBytes(organizationId, before) {
      return inSpool(pool, organizationId, async (client) => {
        const { rows } = await client.query<{ id: string }>(lockOldSql, [organizationId, before]);
        if (rows.length === 0) return 0;
        const ids = rows.map(({ id }) => id);
        // A statement of its own: it sees the runs of those that had the locks before.
        const { rowCount } = await client.query(forgetSql, [organizationId, ids]);
        return rowCount ?? 0;
      });
    },
  };
}

/** Of an upload `u`: a run of it may still read its bytes. */
const isReadSql = `
  exists (select from run r
           where r.organization_id = u.organization_id and r.upload_id = u.id
             and r.state in ('queued', 'reading', 'planned', 'applying'))`;

/** Whoever requests a run of one locks it, too. */
const lockOldSql = `
  select u.id from upload u
   where u.organization_id = $1 and u.completed_at < $2 and not u.forgotten
     and not exists (select from upload_wish w
                      where w.organization_id = u.organization_id and w.upload_id = u.id
                        and w.run_id is null and w.repeats is null)
     and not ${isReadSql}
   order by u.id for no key update`;

const forgetSql = `
  with old as (
    update upload u set forgotten = true
     where u.organization_id = $1 and u.id = any($2::uuid[]) and not ${isReadSql}
    returning u.organization_id, u.id),
  removed as (
    delete from upload_part p using old where p.organization_id = old.organization_id and p.upload_id = old.id)
  select from old`;

/** `e` is the last that the source system delivered; where it repeats one itself, that one has the run. */
async function findRepeated(
  pool: pg.Pool,
  organizationId: number,
  uploadId: string,
): Promise<EarlierUpload | undefined> {
  const { rows } = await inSpool(pool, organizationId, (client) =>
    client.query<{ id: string; name: string; completed_at: Date; run_id: string }>(
      `select first.id, first.name, first.completed_at, w.run_id
         from upload u
         join upload_wish wanted on wanted.organization_id = u.organization_id and wanted.upload_id = u.id
        cross join lateral (select e.id, e.sha256, e.created_at, coalesce(ew.repeats, e.id) as first_id
                              from upload e
                              left join upload_wish ew on ew.organization_id = e.organization_id and ew.upload_id = e.id
                             where e.organization_id = u.organization_id and e.source_system_id = u.source_system_id
                               and e.id <> u.id and e.completed_at <= u.completed_at
                             order by e.completed_at desc, e.id desc limit 1) last
         join upload first on first.organization_id = u.organization_id and first.id = last.first_id
         join upload_wish w on w.organization_id = first.organization_id and w.upload_id = first.id
         left join run r on r.organization_id = w.organization_id and r.id = w.run_id
        where u.organization_id = $1 and u.id = $2 and last.sha256 = u.sha256
          and w.run_id is not null and w.mode = wanted.mode and w.options = wanted.options
          and (r.id is null or r.state not in ('failed', 'cancelled'))
          -- While a source system is in \`validate\`, what was to be applied was only looked at.
          and (r.mode = 'apply' and r.state = 'finished' and r.applying_at is null) is not true
          and not exists (${otherRunSince})
          and (${messageSince}) is null`,
      [organizationId, uploadId],
    ),
  );
  return rows[0] && earlier(rows[0]);
}

/** A run that came after that of `first`, or was applied after it as a hold was approved: it may have undone what that one did. */
const otherRunSince = `
  select from run other
   where other.organization_id = first.organization_id and other.source_system_id = first.source_system_id
     and other.id <> w.run_id and other.mode = 'apply'
     and (other.id > w.run_id or other.finished_at > r.applying_at or (other.state = 'applying' and r.state = 'finished'))`;

/** Longer than a message waits for its commit. */
const leewayMs = 300_000;

/**
 * What `first` says is as old as its first byte: a message since then may have said otherwise. That of a run has the id of the run.
 * Where `last` is a repeat itself, there was none before that: of many quiet nights only the last is looked through. The first one
 * that is found, by the key: as a mere `exists` it is joined, and all messages are read.
 */
const messageSince = `
  select m.id from message m
   where m.organization_id = first.organization_id and m.source_system_id = first.source_system_id and m.id <> w.run_id
     and m.direction = 'inbound' and m.refusal is null
     and m.id > greatest(first.id, rpad(lpad(to_hex((extract(epoch from last.created_at) * 1000)::bigint - ${String(leewayMs)}), 12, '0'), 32, '0')::uuid)
   order by m.organization_id, m.id limit 1`;

/** Uploads `u` with what is wished of them. */
export const selectWished = `
  select u.organization_id, u.id, u.source_system_id, u.name, u.way, u.received_from, u.announced_bytes, u.received_bytes,
         encode(u.sha256, 'hex') as sha256, u.created_at, u.completed_at,
         w.mode, w.options, w.reprocess, w.requested_by, w.expires_at, w.run_id,
         coalesce(w.trusted_bytes, u.received_bytes) as trusted_bytes,
         case when e.id is not null then jsonb_build_object('id', e.id, 'name', e.name,
              'completed_at', e.completed_at, 'run_id', ew.run_id) end as repeats,
         case when r.id is not null then jsonb_build_object(
           'state', r.state, 'finishedAt', r.finished_at, 'counters', r.counters, 'outcomes', r.outcomes, 'failure', r.failure,
           'problems', jsonb_build_object('error', 0, 'warning', 0) || r.problems,
           'held', (select coalesce(sum(h.items), 0) from run_hold h
                     where h.organization_id = r.organization_id and h.run_id = r.id and h.state = 'held' and r.mode = 'apply')) end as run
    from upload u
    join upload_wish w on w.organization_id = u.organization_id and w.upload_id = u.id
    left join upload e on e.organization_id = w.organization_id and e.id = w.repeats
    left join upload_wish ew on ew.organization_id = e.organization_id and ew.upload_id = e.id
    left join run r on r.organization_id = w.organization_id and r.id = coalesce(w.run_id, ew.run_id)`;

export interface WishedRow {
  id: string;
  source_system_id: number;
  name: string;
  way: UploadWay;
  received_from: string;
  announced_bytes: string | null;
  received_bytes: string;
  sha256: string | null;
  created_at: Date;
  completed_at: Date | null;
  mode: RunMode;
  options: UploadOptions;
  reprocess: boolean;
  requested_by: string;
  expires_at: Date;
  run_id: string | null;
  trusted_bytes: string;
  repeats: { id: string; name: string; completed_at: string; run_id: string } | null;
  run: UploadRun | null;
}

export function toWished(row: WishedRow): WishedUpload {
  return {
    id: row.id,
    sourceSystemId: row.source_system_id,
    name: row.name,
    way: row.way,
    receivedFrom: row.received_from,
    receivedBytes: Number(row.received_bytes),
    trustedBytes: Number(row.trusted_bytes),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    wish: { mode: row.mode, options: row.options, reprocess: row.reprocess, requestedBy: row.requested_by },
    ...(row.announced_bytes === null ? {} : { announcedBytes: Number(row.announced_bytes) }),
    ...(row.sha256 === null ? {} : { sha256: row.sha256 }),
    ...(row.completed_at === null ? {} : { completedAt: row.completed_at }),
    ...(row.run_id === null ? {} : { runId: row.run_id }),
    ...(row.repeats === null ? {} : { repeats: earlier(row.repeats) }),
    ...(row.run === null ? {} : { run: withInstant(row.run) }),
  };
}

/** One spelling of instants. */
function withInstant(run: UploadRun): UploadRun {
  return { ...run, finishedAt: run.finishedAt === null ? null : new Date(run.finishedAt).toISOString() };
}

function earlier(row: { id: string; name: string; completed_at: Date | string; run_id: string }): EarlierUpload {
  return { id: row.id, name: row.name, completedAt: new Date(row.completed_at), runId: row.run_id };
}
