import { inspect } from 'node:util';
import { createSealer } from '../../../src/auth/seal.ts';
import { fileDialects } from '../../../src/app/file-dialects.ts';
import { readStandardSetUp } from '../../../src/app/standard/standard-set-up.ts';
import { shippedHandlers, shippedPlugins, shippedPoints } from '../../../src/app/shipped-plugins.ts';
import type { Administration, RunView } from '../../../src/domain/administration/index.ts';
import type { RecordCommand } from '../../../src/domain/command.ts';
import type { RunMode, RunOptions } from '../../../src/domain/run.ts';
import { presets, type SourceSystem, type SourceSystemOptions } from '../../../src/domain/source-system.ts';
import { createHandling } from '../../../src/pipeline/handling.ts';
import { createCompiledLists, createRegistry } from '../../../src/pipeline/plugins/index.ts';
import type { FileDialect } from '../../../src/pipeline/file-ports.ts';
import type { Handler } from '../../../src/pipeline/ports.ts';
import type { RunParts } from '../../../src/runs/parts.ts';
import { type RunWorkerOptions, startRunWorker } from '../../../src/runs/worker.ts';
import { createAdministration } from '../../../src/state/admin/create-administration.ts';
import type { LiveStore } from '../../../src/state/create-store.ts';
import { readGroupTypes } from '../../../src/state/group-types.ts';
import { createRunStore } from '../../../src/state/runs/run-store.ts';
import { createSourceSystemLookup } from '../../../src/state/source-system-lookup.ts';
import { createStatistics } from '../../../src/state/statistics.ts';
import { createUploadStore } from '../../../src/state/uploads/upload-store.ts';
import { createTestDatabase, type TestDatabase } from '../../../src/testing/with-database.ts';
import { createOrganization, createStore, rowsOf, type TestOrganization } from '../../oracle/harness.ts';
import { handMadeZip } from '../../zip/hand-made-zip.ts';

/** The same in each process of a test. */
const fixedKey = Buffer.alloc(32, 7);

export interface RunWorld {
  readonly database: TestDatabase;
  readonly store: LiveStore;
  readonly parts: RunParts;
  readonly administration: Administration;
  organization(options?: Partial<SourceSystemOptions>, codes?: readonly string[]): Promise<RunOrganization>;
  /** An organization that was set up in another way, with what is there for runs. */
  withRuns(organization: TestOrganization): RunOrganization;
  close(): Promise<void>;
}

/** An organization with the standard types, roles and maps, and one source system (`sis`) unless others are asked for. */
export interface RunOrganization extends TestOrganization {
  upload(files: Readonly<Record<string, string>>, source?: string): Promise<string>;
  request(files: Readonly<Record<string, string>>, wish?: Wish): Promise<string>;
  /** Requests a run, and works on all that are open until they are done. */
  run(files: Readonly<Record<string, string>>, wish?: Wish): Promise<RunRow>;
  get(runId: string): Promise<RunRow>;
  query<Row extends object>(sql: string): Promise<Row[]>;
}

export type Wish = RunOptions & { mode?: RunMode; source?: string };

export interface RunRow {
  id: string;
  state: string;
  counters: Record<string, Record<string, number>>;
  problems: { error?: number; warning?: number };
  outcomes: Record<string, number>;
  items: number;
  applied_to: number;
  failure: { code: string; message: string } | null;
  dialect: string | null;
  attempts: number;
}

export async function createRunWorld(
  given: { handlers?: readonly Handler[]; dialects?: readonly FileDialect[]; now?: () => Date } = {},
): Promise<RunWorld> {
  const database = await createTestDatabase();
  const store = createStore(database.pool);
  const parts = runParts(database.pool, given);
  const runs = createRunStore(database.pool);
  const administration = createAdministration({ pool: database.pool, store, sealer: parts.sealer });
  const standard = await readStandardSetUp();

  function withRuns(organization: TestOrganization): RunOrganization {
    const uploads = createUploadStore({ pool: database.pool, sealer: parts.sealer, limitBytes: 100_000_000 });
    const sourceOf = (code: string): SourceSystem => organization.sources.get(code)!;
    const query = <Row extends object>(sql: string): Promise<Row[]> => rowsOf<Row>(database.pool, organization.id, sql);
    const made: RunOrganization = {
      ...organization,
      query,
      async upload(files, source = 'sis') {
        const upload = await uploads.begin(organization.id, {
          sourceSystemId: sourceOf(source).id,
          name: 'night.zip',
          way: 'command',
          receivedFrom: 'test',
        });
        const members = Object.entries(files).map(([name, content]) => ({ name, content }));
        await uploads.append(organization.id, upload.id, 0, once(handMadeZip(members)));
        await uploads.complete(organization.id, upload.id);
        return upload.id;
      },
      async request(files, { mode = 'apply', source = 'sis', ...runOptions } = {}) {
        const uploadId = await made.upload(files, source);
        const sourceSystemId = sourceOf(source).id;
        const request = { organizationId: organization.id, sourceSystemId, uploadId, mode, requestedBy: 'test' };
        return runs.request({ ...request, options: runOptions });
      },
      async run(files, wish) {
        const id = await made.request(files, wish);
        await workUntil(parts, async () => isEnded(await made.get(id)));
        return made.get(id);
      },
      async get(runId) {
        const [row] = await query<RunRow>(
          `select r.*, items::integer, applied_to::integer from run r where id = '${runId}'`,
        );
        return row!;
      },
    };
    return made;
  }

  return {
    database,
    store,
    parts,
    administration,
    async organization(options = {}, codes = ['sis']) {
      const organization = await createOrganization(database.pool, store, {
        types: [...standard.orgUnitTypes],
        roles: [...standard.roles],
        sources: codes.map((code, index) => ({
          code,
          rank: index + 1,
          options: { ...presets['d2l-csv'], ...options },
          typeMap: new Map(Object.entries(standard.orgUnitTypeMap)),
          roleMap: new Map(Object.entries(standard.roleMap)),
        })),
      });
      return withRuns(organization);
    },
    withRuns,
    async close() {
      administration.close();
      await store.close();
      await database.drop();
    },
  };
}

/** A language of files in which a test says commands as they are. */
export interface SaidFile extends FileDialect {
  /** What the file `commands.txt` says. */
  stated: readonly RecordCommand[];
}

/** Somebody is a student in an org unit of any kind. */
export function enrolls(sourcedId: string, orgUnit: string, userSourcedId = 'P1'): RecordCommand {
  return {
    entity: 'enrollment',
    kind: 'membership',
    sourcedId,
    verb: 'replace',
    fields: {
      userSourcedId,
      orgUnit: { kind: null, sourcedId: orgUnit },
      roles: [{ role: 'Student', active: true }],
    },
  };
}

export const commandsFile = { 'commands.txt': '' };

export function createSaidFile(): SaidFile {
  const said: SaidFile = {
    stated: [],
    name: 'said',
    recognises: ({ files }) => Promise.resolve(files.some(({ name }) => name === 'commands.txt')),
    async *read() {
      await Promise.resolve();
      const records = said.stated.map((command, index) => ({
        place: { file: 'commands.txt', line: index + 1 },
        command,
      }));
      yield { records, problems: [], file: 'commands.txt', bytesRead: 1 };
    },
  };
  return said;
}

/** What the plan says, and then what became of the LMS when it was applied, by the changes that it made. */
export async function plannedAndMade(
  { administration }: RunWorld,
  organization: RunOrganization,
  given: Record<string, string>,
): Promise<{ effects: RunView['effects']; made: Record<string, number> }> {
  const plan = await organization.run(given, { mode: 'plan' });
  const { effects } = await administration.runs.get(organization.id, plan.id);
  const run = await organization.run(given, { force: true });
  const rows = await organization.query<{ what: string; count: number }>(
    `select entity || ' ' || operation || case when operation = 'updated' and after->>'state' = 'inactive' then ' inactive' else '' end as what, count(*)::int
       from change where cause->>'messageId' = '${run.id}' group by 1`,
  );
  return { effects, made: Object.fromEntries(rows.map(({ what, count }) => [what, count])) };
}

export function isEnded({ state }: Pick<RunRow, 'state'>): boolean {
  return ['finished', 'cancelled', 'failed'].includes(state);
}

export function runParts(
  pool: TestDatabase['pool'],
  {
    handlers = [],
    dialects = [],
    key = fixedKey,
    now = () => new Date(),
  }: { handlers?: readonly Handler[]; dialects?: readonly FileDialect[]; key?: Buffer; now?: () => Date } = {},
): RunParts {
  const sealer = createSealer(key);
  const sources = createSourceSystemLookup(pool);
  const show = process.env.RUN_LOG !== undefined;
  const tell = (fields: object, message: string): void => {
    if (show) process.stderr.write(`${message} ${inspect(fields)}\n`);
  };
  const log = { debug: tell, info: tell, warn: tell, error: tell };
  const lists = createCompiledLists(createRegistry(shippedPoints, shippedPlugins), log);
  return {
    pool,
    helpers: { pool, each: 2 },
    sealer,
    uploads: createUploadStore({ pool, sealer, limitBytes: 100_000_000 }),
    dialects: [...fileDialects(lists), ...dialects],
    handle: createHandling({
      handlers: [...shippedHandlers, ...handlers],
      lists,
      groupTypes: (source, sourcedIds) => readGroupTypes(pool, source, sourcedIds),
    }),
    sourceSystem: (organizationId, id) => sources.get(organizationId, id),
    statistics: createStatistics(),
    now,
    log,
  };
}

/** Has a worker work until a condition holds. */
export async function workUntil(
  parts: RunParts,
  isDone: () => Promise<boolean>,
  options: Partial<RunWorkerOptions> = {},
): Promise<void> {
  const worker = startRunWorker(parts, { slots: 3, pollMs: 100, ...options });
  try {
    await until(isDone);
  } finally {
    await worker.stop();
  }
}

export async function until(isDone: () => Promise<boolean>, limitMs = 60_000): Promise<void> {
  const end = Date.now() + limitMs;
  for (let pauseMs = 5; !(await isDone()); pauseMs = Math.min(pauseMs * 1.2, 50)) {
    if (Date.now() > end) throw new Error('it took too long');
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  await Promise.resolve();
  yield bytes;
}

export const manifest = { 'manifest.json': '{"version":"2.0"}' };
const orgHeader =
  'type,action,code,name,start_date,end_date,is_active,department_code,template_code,semester_code,offering_code,custom_code';
const userHeader =
  'type,action,username,org_defined_id,first_name,last_name,password,is_active,role_name,email,relationships,pref_first_name,pref_last_name';
const enrollmentHeader = 'type,action,child_code,role_name,parent_code';

export interface Campus {
  readonly departments?: readonly string[];
  readonly offerings: readonly string[];
  readonly users: readonly string[];
  readonly enrollments: readonly (readonly [user: string, orgUnit: string])[];
  readonly semester?: string;
}

/** A small campus as D2L Standard CSV. */
export function filesOf({
  departments = ['SCI'],
  offerings,
  users,
  enrollments,
  semester = '2027-S1',
}: Campus): Record<string, string> {
  return {
    ...manifest,
    '02-Departments.csv': lines(
      orgHeader,
      ...departments.map((code) => `department,UPDATE,${code},Department ${code},,,1,,,,,`),
    ),
    '03-Semesters.csv': lines(orgHeader, `semester,UPDATE,${semester},Semester,,,1,,,,,`),
    '04-Templates.csv': lines(
      orgHeader,
      ...departments.map((code) => `course template,UPDATE,T-${code},Courses of ${code},,,1,${code},,,,`),
    ),
    '05-Offerings.csv': lines(
      orgHeader,
      ...offerings.map(
        (code) => `course offering,UPDATE,${code},Course ${code},,,1,,T-${departments[0] ?? ''},${semester},,`,
      ),
    ),
    '07-Users.csv': lines(
      userHeader,
      ...users.map((id) => `user,UPDATE,u${id},${id},First ${id},Last ${id},,1,Student,${id}@example.edu,,,`),
    ),
    '08-Enrollments.csv': lines(
      enrollmentHeader,
      ...enrollments.map(([user, unit]) => `enrollment,UPDATE,${user},Student,${unit}`),
    ),
  };
}

export function lines(...all: string[]): string {
  return `${all.join('\n')}\n`;
}

export function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);
}

/** A pool of which the process dies at the n-th transaction: from then on nothing comes back. */
export function dyingPool(pool: TestDatabase['pool'], transactions: number): TestDatabase['pool'] {
  let left = transactions;
  return new Proxy(pool, {
    get(target, name) {
      if (name === 'connect')
        return async () => {
          if ((left -= 1) < 0) throw new Error('killed');
          return target.connect();
        };
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value as (...given: unknown[]) => unknown).bind(target) : value;
    },
  });
}
