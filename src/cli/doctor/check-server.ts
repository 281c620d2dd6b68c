import type pg from 'pg';
import { pendingMigrations } from '../../postgres/pending-migrations.ts';
import { readServerFacts, type ServerFacts } from '../../state/doctor/server-facts.ts';
import type { OpenDatabase } from '../../app/database.ts';
import type { Config } from '../../config.ts';
import { error, type Finding, ok, warning } from './finding.ts';

/** The database server: version, set-up, clock, schema. */
export async function checkServer({ pool, kind, version }: OpenDatabase, config: Config): Promise<Finding[]> {
  const facts = await readServerFacts(pool);
  return [
    ok('database', `${kind} Postgres ${version}`),
    await schemaFinding(pool),
    durabilityFinding(facts),
    roleFinding(facts),
    textFinding(facts),
    clockFinding(facts),
    connectionsFinding(facts, config),
  ];
}

async function schemaFinding(pool: pg.Pool): Promise<Finding> {
  const pending = await pendingMigrations(pool);
  if (pending.length === 0) return ok('schema', 'up to date');
  return error('schema', `not applied: ${pending.join(', ')}`, 'Run "passerelle migrate", or start the gateway.');
}

function durabilityFinding({ riskySettings }: ServerFacts): Finding {
  if (riskySettings.length === 0) return ok('durability', 'fsync, full_page_writes and synchronous_commit are on');
  return error(
    'durability',
    riskySettings.join(', '),
    'Acknowledged messages can be lost: set these to on in the configuration of Postgres.',
  );
}

function roleFinding({ bypassesRowSecurity }: ServerFacts): Finding {
  if (!bypassesRowSecurity) return ok('database role', 'is bound by row-level security');
  return warning(
    'database role',
    'is a superuser or bypasses row-level security, which keeps organizations apart',
    'Create a role with "nosuperuser nobypassrls" that owns the database, and use it in DATABASE_URL.',
  );
}

function textFinding({ encoding, foldsUnicode }: ServerFacts): Finding {
  if (encoding !== 'UTF8') {
    return error(
      'text',
      `the database is encoded in ${encoding}`,
      'Create the database anew with encoding UTF8 and restore into it.',
    );
  }
  if (foldsUnicode) return ok('text', 'UTF-8; names compare without case in every script');
  return error(
    'text',
    'letter case is known for ASCII only (LC_CTYPE is C)',
    'Create the database with a UTF-8 locale, such as "lc_ctype C.UTF-8", and restore into it.',
  );
}

const CLOCK_SLACK_MS = 5_000;

function clockFinding({ clockAheadMs }: ServerFacts): Finding {
  if (Math.abs(clockAheadMs) < CLOCK_SLACK_MS) return ok('clock', 'agrees with the database server');
  return warning(
    'clock',
    `differs from the database server's by ${Math.round(clockAheadMs / 1_000)} s`,
    'Let both machines keep time by NTP: freshness of digests and retention depend on it.',
  );
}

function connectionsFinding({ freeConnections }: ServerFacts, { poolSize }: Config): Finding {
  const found = `${freeConnections} free, ${poolSize} wanted (PASSERELLE_POOL_SIZE)`;
  if (freeConnections >= poolSize) return ok('connections', found);
  return warning('connections', found, 'Raise max_connections of Postgres, or lower PASSERELLE_POOL_SIZE.');
}
