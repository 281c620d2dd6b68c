import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import type pg from 'pg';
import { createSealer } from '../../src/auth/seal.ts';
import type { WriteCommand } from '../../src/domain/command.ts';
import { uuidv7 } from '../../src/domain/ids.ts';
import type { Submission, SubmissionResult } from '../../src/domain/message.ts';
import type { Outcome } from '../../src/domain/outcome.ts';
import type { SourceSystem, SourceSystemOptions } from '../../src/domain/source-system.ts';
import { effectiveVariables } from '../../src/domain/variables.ts';
import { claimNonces } from '../../src/state/access/nonces.ts';
import { createStore as createLiveStore, type LiveStore } from '../../src/state/create-store.ts';
import { createOrganization as insertRow } from '../../src/state/organizations.ts';
import { applyEdit } from './edits.ts';
import type { Edit } from './model.ts';
import type { LmsRole, LmsType, Source, State } from './model/state.ts';

/** The state under test, as the composition root makes it. `ORACLE_LOG=1` shows what it logs. */
export function createStore(pool: pg.Pool): LiveStore {
  const sealer = createSealer(Buffer.alloc(32, 7));
  const tell = (fields: object, message: string) => {
    if (process.env.ORACLE_LOG !== undefined) process.stderr.write(`${message}: ${inspect(fields)}\n`);
  };
  const log = { warn: tell, error: tell };
  return createLiveStore({ pool, sealer, claimNonces, log });
}

/** An organization of its own in the test's database, with its source systems and maps. */
export interface TestOrganization {
  readonly id: number;
  readonly sources: ReadonlyMap<string, SourceSystem>;
  /** One message of a source system; answers its outcomes. */
  send(sourceCode: string, ...commands: WriteCommand[]): Promise<Outcome[]>;
  edit(edit: Edit): Promise<void>;
}

export async function createOrganization(
  pool: pg.Pool,
  store: LiveStore,
  world: Pick<State, 'sources' | 'types' | 'roles'>,
): Promise<TestOrganization> {
  const { id, sources } = await insertOrganization(pool, world);
  return {
    id,
    sources,
    send: async (sourceCode, ...commands) => {
      const source = sources.get(sourceCode)!;
      return (await write(store, source, commands)).outcomes.slice();
    },
    edit: async (edit) => {
      await applyEdit(store, id, sources, edit);
      while (await store.workOff(id));
    },
  };
}

/** Writes one message of a source system. */
export function write(
  store: LiveStore,
  source: SourceSystem,
  commands: readonly WriteCommand[],
): Promise<SubmissionResult> {
  return store.write(submission(source, commands), source);
}

export function submission(source: SourceSystem, commands: readonly WriteCommand[]): Submission {
  return {
    envelope: {
      id: uuidv7(),
      receivedAt: new Date(),
      door: 'rest',
      dialect: 'test',
      operation: 'test',
      contentType: 'application/json',
      body: Buffer.from(JSON.stringify(commands)),
      remoteAddress: '127.0.0.1',
    },
    principal: {
      userName: source.code,
      organizationId: source.organizationId,
      sourceSystemId: source.id,
      mechanism: 'test',
    },
    nonces: [],
    commands,
  };
}

async function insertOrganization(pool: pg.Pool, world: Pick<State, 'sources' | 'types' | 'roles'>) {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const id = await insertRow(client, `test-${randomBytes(8).toString('hex')}`, 'A university');
    await insertTypes(client, id, world.types);
    await insertRoles(client, id, world.roles);
    const sources = new Map<string, SourceSystem>();
    for (const source of world.sources) sources.set(source.code, await insertSource(client, id, source));
    await client.query('commit');
    return { id, sources };
  } finally {
    client.release();
  }
}

async function insertTypes(client: pg.ClientBase, organizationId: number, types: LmsType[]): Promise<void> {
  for (const { code, base } of types) {
    await client.query('insert into org_unit_type (organization_id, code, name, base) values ($1, $2, $2, $3)', [
      organizationId,
      code,
      base,
    ]);
  }
}

async function insertRoles(client: pg.ClientBase, organizationId: number, roles: LmsRole[]): Promise<void> {
  for (const { code, rank, allSections } of roles) {
    await client.query(
      'insert into role (organization_id, code, name, rank, all_sections) values ($1, $2, $2, $3, $4)',
      [organizationId, code, rank, allSections],
    );
  }
}

async function insertSource(client: pg.ClientBase, organizationId: number, source: Source): Promise<SourceSystem> {
  const { code, rank, options, typeMap, roleMap } = source;
  const { rows } = await client.query<{ id: number }>(
    'insert into source_system (organization_id, code, name, rank, options) values ($1, $2, $2, $3, $4) returning id',
    [organizationId, code, rank, options],
  );
  const id = rows[0]!.id;
  await client.query(
    `insert into org_unit_type_map (organization_id, source_system_id, sis_type, org_unit_type_id)
     select $1, $2, map.word, type.id from unnest($3::text[], $4::text[]) map (word, code)
       join org_unit_type type on type.organization_id = $1 and type.code = map.code`,
    [organizationId, id, [...typeMap.keys()], [...typeMap.values()]],
  );
  await client.query(
    `insert into role_map (organization_id, source_system_id, sis_role, role_id)
     select $1, $2, map.word, role.id from unnest($3::text[], $4::text[]) map (word, code)
       join role on role.organization_id = $1 and role.code = map.code`,
    [organizationId, id, [...roleMap.keys()], [...roleMap.values()]],
  );
  return sourceSystem(organizationId, id, code, rank, options);
}

function sourceSystem(
  organizationId: number,
  id: number,
  code: string,
  rank: number,
  options: SourceSystemOptions,
): SourceSystem {
  const maps = { variables: effectiveVariables(), orgUnitTypes: new Map(), roles: new Set<string>() };
  return { id, organizationId, code, name: code, state: 'enabled', rank, options, ...maps };
}

/** Reads rows of one organization, as row-level security lets it. */
export async function rowsOf<Row extends object>(pool: pg.Pool, organizationId: number, sql: string): Promise<Row[]> {
  const client = await pool.connect();
  try {
    await client.query(`begin; set local passerelle.organization_id = '${organizationId}'`);
    const { rows } = await client.query<Row>(sql);
    await client.query('commit');
    return rows;
  } finally {
    client.release();
  }
}
