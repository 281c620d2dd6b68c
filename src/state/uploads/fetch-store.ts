import type pg from 'pg';
import type { Sealer } from '../../domain/access.ts';
import type { EndpointSecrets, EndpointTls } from '../../domain/endpoint.ts';
import type {
  FetchSecretName,
  FetchStore,
  FetchWish,
  LastFetch,
  ScheduledFetch,
  Validators,
} from '../../domain/file-fetch.ts';
import { GatewayError } from '../../domain/problem.ts';
import type { SourceKey } from '../../domain/sftp.ts';
import { inSpool } from './in-spool.ts';

interface FetchRow {
  organization_id: number;
  source_system_id: number;
  name: string;
  address: string;
  file_name: string;
  schedule: string;
  time_zone: string;
  enabled: boolean;
  authentication: string;
  host_key: string | null;
  tls: EndpointTls;
  secrets: FetchSecretName[];
  sealed: Buffer | null;
  validators: Validators;
  last: LastFetch | null;
  next_at: Date | null;
  claimed_until: Date | null;
  version: number;
}

/**
 * From now, in the database. To the millisecond, as a Date holds it: it tells one claim from the next. Short, since it is
 * renewed: who died leaves it to others soon.
 */
const claimed = "date_trunc('milliseconds', now() + interval '90 seconds')";

const secretNames: readonly FetchSecretName[] = ['userName', 'password', 'privateKey', 'certificate'];

export function createFetchStore({ pool, sealer }: { readonly pool: pg.Pool; readonly sealer: Sealer }): FetchStore {
  const select = async ({ organizationId, sourceSystemId }: SourceKey, name?: string): Promise<ScheduledFetch[]> => {
    const { rows } = await inSpool(pool, organizationId, (client) =>
      client.query<FetchRow>(
        `select * from file_fetch
          where organization_id = $1 and source_system_id = $2 and ($3::text is null or name = $3) order by name`,
        [organizationId, sourceSystemId, name ?? null],
      ),
    );
    return rows.map(toFetch);
  };
  const change = async ({ organizationId, sourceSystemId }: SourceKey, name: string, statement: string) => {
    const { rowCount } = await inSpool(pool, organizationId, (client) =>
      client.query(`${statement} where organization_id = $1 and source_system_id = $2 and name = $3`, [
        organizationId,
        sourceSystemId,
        name,
      ]),
    );
    if (rowCount !== 1) throw new GatewayError('not_found', `There is no fetch ${name.slice(0, 64)}.`);
  };
  return {
    list: (source) => select(source),
    find: async (source, name) => (await select(source, name))[0],
    put: (source, name, wish, by) => put(pool, sealer, source, name, wish, by),
    remove: (source, name) => change(source, name, 'delete from file_fetch'),
    hurry: (source, name) =>
      change(
        source,
        name,
        `update file_fetch set next_at = now(),
                claimed_until = case when claimed_until <= ${claimed} then claimed_until end`,
      ),
    async claim(organizationId) {
      const { rows } = await inSpool(pool, organizationId, (client) =>
        client.query<FetchRow>(
          // Found once, before it is joined: a subquery in `from` may be asked again for each row, and then take several.
          `with due as materialized (
             select d.source_system_id, d.name
               from file_fetch d
               join source_system s on s.organization_id = d.organization_id and s.id = d.source_system_id
              where d.organization_id = $1 and d.enabled and d.next_at <= now() and s.state <> 'disabled'
                and (d.claimed_until is null or d.claimed_until < now())
              order by d.next_at limit 1 for update of d skip locked)
           update file_fetch f set claimed_until = ${claimed}
             from due
            where f.organization_id = $1 and f.source_system_id = due.source_system_id and f.name = due.name
           returning f.*`,
          [organizationId],
        ),
      );
      const [row] = rows;
      if (row?.claimed_until == null) return undefined;
      return { ...toFetch(row), secrets: open(sealer, row), claimedUntil: row.claimed_until };
    },
    async renew(due) {
      const { organizationId, sourceSystemId, name } = due;
      const { rows } = await inSpool(pool, organizationId, (client) =>
        client.query<{ claimed_until: Date }>(
          `update file_fetch set claimed_until = ${claimed}
            where organization_id = $1 and source_system_id = $2 and name = $3 and claimed_until = $4
           returning claimed_until`,
          [organizationId, sourceSystemId, name, due.claimedUntil],
        ),
      );
      return rows[0] && { ...due, claimedUntil: rows[0].claimed_until };
    },
    async finish(due, last, { nextAt, validators }) {
      const { organizationId, sourceSystemId, name, version, claimedUntil } = due;
      await inSpool(pool, organizationId, (client) =>
        client.query(
          // What was learned of an address that has been changed since is of no use. Who asked for it while it was under way has it fetched
          // again; a Date has no microseconds.
          `update file_fetch
              set last = $4, claimed_until = null,
                  next_at = case when version <> $5 or next_at > $9::timestamptz + interval '2 milliseconds' then next_at else $6 end,
                  validators = case when version = $5 then coalesce($7, validators) else validators end
            where organization_id = $1 and source_system_id = $2 and name = $3 and claimed_until = $8`,
          [
            organizationId,
            sourceSystemId,
            name,
            JSON.stringify(last),
            version,
            nextAt,
            validators === undefined ? null : JSON.stringify(validators),
            claimedUntil,
            due.nextAt,
          ],
        ),
      );
    },
  };
}

async function put(
  pool: pg.Pool,
  sealer: Sealer,
  source: SourceKey,
  name: string,
  wish: FetchWish,
  { actor, nextAt, expected }: Parameters<FetchStore['put']>[3],
): Promise<void> {
  const { organizationId, sourceSystemId } = source;
  await inSpool(pool, organizationId, async (client) => {
    const { rows } = await client.query<FetchRow>(
      'select * from file_fetch where organization_id = $1 and source_system_id = $2 and name = $3 for update',
      [organizationId, sourceSystemId, name],
    );
    const [there] = rows;
    if (expected !== undefined && String(expected) !== String(there?.version ?? 0)) throw otherVersion();
    const secrets = merged(sealer, there, wish);
    const names = secretNames.filter((each) => secrets[each] !== undefined);
    const context = contextOf(source, name, wish.address);
    const sealed = names.length === 0 ? null : sealer.seal(Buffer.from(JSON.stringify(secrets)), context);
    await client.query(
      `insert into file_fetch as f (organization_id, source_system_id, name, address, file_name, schedule, time_zone, enabled,
                                    authentication, host_key, tls, secrets, sealed, next_at, changed_by)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
       on conflict (organization_id, source_system_id, name)
       do update set address = excluded.address, file_name = excluded.file_name, schedule = excluded.schedule,
                     time_zone = excluded.time_zone, enabled = excluded.enabled, tls = excluded.tls,
                     authentication = excluded.authentication, host_key = excluded.host_key, secrets = excluded.secrets,
                     sealed = excluded.sealed, next_at = excluded.next_at, changed_by = excluded.changed_by,
                     changed_at = now(), version = f.version + 1,
                     validators = case when f.address = excluded.address then f.validators else '{}' end`,
      [
        organizationId,
        sourceSystemId,
        name,
        wish.address,
        wish.fileName,
        wish.schedule,
        wish.timeZone,
        wish.enabled,
        wish.authentication,
        wish.hostKey ?? null,
        JSON.stringify(wish.tls),
        names,
        sealed,
        nextAt,
        actor,
      ],
    );
  });
}

/** Absent = as it is, null = forget it. What is sealed for one host is never given to another. */
function merged(sealer: Sealer, there: FetchRow | undefined, wish: FetchWish): EndpointSecrets {
  const { secrets } = wish;
  const kept = there?.secrets.filter((name) => secrets[name] === undefined) ?? [];
  const moved = there !== undefined && hostOf(there.address) !== hostOf(wish.address);
  if (kept.length > 0 && moved) {
    throw new GatewayError(
      'invalid_request',
      `The address leads to another host: give its secrets anew (${kept.join(', ')}), or null to forget them.`,
      { field: 'secrets' },
    );
  }
  const old = kept.length === 0 || there === undefined ? {} : open(sealer, there);
  if (old === undefined) throw closed();
  const given = Object.entries(secrets).filter(
    (entry): entry is [FetchSecretName, string] => typeof entry[1] === 'string',
  );
  return {
    ...Object.fromEntries(Object.entries(old).filter(([name]) => kept.some((each) => each === name))),
    ...Object.fromEntries(given),
  };
}

function open(sealer: Sealer, row: FetchRow): EndpointSecrets | undefined {
  if (row.sealed === null) return {};
  const source = { organizationId: row.organization_id, sourceSystemId: row.source_system_id };
  try {
    const bytes = sealer.open(row.sealed, contextOf(source, row.name, row.address));
    return JSON.parse(bytes.toString('utf8')) as EndpointSecrets;
  } catch {
    return undefined;
  }
}

function contextOf({ organizationId, sourceSystemId }: SourceKey, name: string, address: string): string {
  return `fetch ${String(organizationId)} ${String(sourceSystemId)} ${name} ${hostOf(address)}`;
}

/** Scheme, host and port. */
function hostOf(address: string): string {
  const url = URL.parse(address);
  return url === null ? '' : `${url.protocol}//${url.host}`;
}

function toFetch(row: FetchRow): ScheduledFetch {
  return {
    organizationId: row.organization_id,
    sourceSystemId: row.source_system_id,
    name: row.name,
    address: row.address,
    fileName: row.file_name,
    schedule: row.schedule,
    timeZone: row.time_zone,
    enabled: row.enabled,
    authentication: row.authentication,
    tls: row.tls,
    secretNames: row.secrets,
    validators: row.validators,
    last: row.last,
    nextAt: row.next_at,
    version: row.version,
    ...(row.host_key === null ? {} : { hostKey: row.host_key }),
  };
}

function otherVersion(): GatewayError {
  return new GatewayError('conflict', 'Somebody else has changed it since you read it: read it again.', {
    field: 'If-Match',
  });
}

function closed(): GatewayError {
  return new GatewayError('endpoint_secrets_closed', "The secrets do not open with the gateway's key: give them anew.");
}

/** The sealed secrets of the addresses of an organization, and what they are bound to. */
export async function readSealedFetches(
  client: pg.ClientBase,
  organizationId: number,
): Promise<{ readonly sealed: Buffer; readonly context: string }[]> {
  const { rows } = await client.query<Pick<FetchRow, 'source_system_id' | 'name' | 'address'> & { sealed: Buffer }>(
    'select source_system_id, name, address, sealed from file_fetch where organization_id = $1 and sealed is not null',
    [organizationId],
  );
  return rows.map(({ source_system_id: sourceSystemId, name, address, sealed }) => ({
    sealed,
    context: contextOf({ organizationId, sourceSystemId }, name, address),
  }));
}
