import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planStatements } from './plan-statements.ts';

/**
 * Runs the named steps one after another, all of them even when one fails, and ends with the line "N passed, N failed":
 * the sum of the tests of the jest steps, and one for each other step. `npm test` and `npm run ci` name the steps; those with a plus
 * between them, which use one core each, run at once.
 */
type Count = { passed: number; failed: number };
type Step = () => Promise<Count>;

const root = join(import.meta.dirname, '..');
const bin = (name: string) => join(root, 'node_modules', name);

const steps: Record<string, Step> = {
  test: npmTest,
  format: () => tool(bin('prettier/bin/prettier.cjs'), '--check', '--log-level=warn', '.'),
  lint: () => tool(bin('eslint/bin/eslint.js'), '.'),
  types: () => tool(bin('typescript/bin/tsc'), '--noEmit'),
  knip: () => tool(bin('knip/bin/knip.js')),
  generate: () => tool(join(root, 'scripts/generate.ts'), '--check'),
  tests: () => jest(...Object.values(parts).flat()),
  interop: () => jest('./test/interop/'),
  compose: () => jest('./test/compose.test.ts'),
  postgres15: olderServer,
};

/** The tests of `tests`: at once, since some wait for processes and clocks while others work. Each is told by itself. */
const parts: Record<string, readonly string[]> = {
  architecture: ['./test/architecture.test.ts'],
  unit: ['./src/', './plugins/', './test/conformance/'],
  fuzz: ['./test/fuzz/'],
  integration: ['./test/integration/'],
  oracle: ['./test/oracle/'],
  'end to end': ['./test/e2e/'],
};

/** Tests that run on the oldest Postgres that we promise as well: what is most particular in its plans, locks and migrations. */
const onOlderServer = [
  './src/state/doctor/',
  './test/integration/api-objects',
  './test/integration/commands/creation',
  './test/integration/commands/deletes-together',
  './test/integration/commands/rename',
  './test/integration/migrate',
  './test/integration/page-cost',
  './test/integration/queues',
  './test/integration/rules/differences-cost',
  './test/integration/rules/enrollments-cost',
  './test/integration/rules/relations',
  './test/integration/runs/items-cost',
  './test/integration/runs/newcomers',
  './test/integration/runs/shares',
  './test/integration/runs/snapshot',
  './test/integration/store',
];

/** Where tests note the statements that they send (test/jest/record-statements.mjs). */
const statements = await mkdtemp(join(tmpdir(), 'passerelle-statements-'));

const total: Count = { passed: 0, failed: 0 };
const failedSteps: string[] = [];
for (const names of process.argv.slice(2)) await Promise.all(names.split('+').map(step));

await rm(statements, { recursive: true });
if (failedSteps.length > 0) console.log(`\nfailed: ${failedSteps.join(', ')}`);
console.log(`\n${sentence(total)}`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;

async function step(name: string): Promise<void> {
  const started = Date.now();
  console.log(`\n== ${name}`);
  const count = (await steps[name]?.()) ?? unknownStep(name);
  total.passed += count.passed;
  total.failed += count.failed;
  if (count.failed > 0) failedSteps.push(name);
  console.log(`-- ${name}: ${sentence(count)} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
}

function sentence({ passed, failed }: Count): string {
  return `${passed} passed, ${failed} failed`;
}

function unknownStep(name: string): Count {
  console.log(`No step is named ${name}; there are: ${Object.keys(steps).join(', ')}`);
  return { passed: 0, failed: 1 };
}

async function tool(script: string, ...args: string[]): Promise<Count> {
  return (await run([script, ...args])) === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** The command of the README, as its reader runs it; its count is its last line. */
async function npmTest(): Promise<Count> {
  let printed = '';
  const status = await new Promise<number>((resolve, reject) => {
    const child = spawn('npm', ['test'], {
      cwd: root,
      env: { ...process.env, TEST_STATEMENTS: statements },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      process.stdout.write(text);
      printed = (printed + text).slice(-1_000);
    });
    child.once('error', reject).once('close', (code) => resolve(code ?? 1));
  });
  const [, passed, failed] = /(\d+) passed, (\d+) failed\s*$/.exec(printed) ?? [];
  const count = { passed: Number(passed ?? 0), failed: Number(failed ?? 0) };
  return status !== 0 && count.failed === 0 ? { ...count, failed: 1 } : count;
}

/** On the oldest Postgres that we promise (the URL of a superuser on such a server): tests, and each statement that the tests have sent. */
async function olderServer(): Promise<Count> {
  const url = process.env.POSTGRES15_URL;
  if (url === undefined) {
    console.log('Left out: POSTGRES15_URL names no Postgres 15 server (.ci/run starts one where Debian has it).');
    return { passed: 0, failed: 0 };
  }
  const { passed, failed } = await jestOn({ TEST_DATABASE_URL: url }, ...onOlderServer);
  if (!process.argv.includes('test')) return { passed, failed };
  const planned = await planStatements(statements, url);
  for (const { statement, reason } of planned.refused)
    console.log(`Not planned by the older server (${reason}): ${statement}`);
  console.log(`   planned: ${planned.count} statements, ${planned.refused.length} refused`);
  // That nothing was noted would look as if nothing were wrong.
  return { passed, failed: failed + planned.refused.length + Number(planned.count === 0) };
}

function jest(...paths: string[]): Promise<Count> {
  return jestOn({}, ...paths);
}

async function jestOn(environment: Record<string, string>, ...paths: string[]): Promise<Count> {
  const folder = await mkdtemp(join(tmpdir(), 'passerelle-check-'));
  const report = join(folder, 'report.json');
  const status = await run([bin('jest/bin/jest.js'), '--json', `--outputFile=${report}`, ...paths], environment);
  const count = await readReport(report);
  await rm(folder, { recursive: true, force: true });
  // A run that failed without a failed test did not come far enough to have one.
  return status !== 0 && count.failed === 0 ? { ...count, failed: 1 } : count;
}

interface Report {
  numPassedTests: number;
  numFailedTests: number;
  numRuntimeErrorTestSuites: number;
  testResults: { name: string; assertionResults: { status: string }[] }[];
}

async function readReport(path: string): Promise<Count> {
  try {
    const report = JSON.parse(await readFile(path, 'utf8')) as Report;
    for (const [part, paths] of Object.entries(parts)) tellPart(report, part, paths);
    return { passed: report.numPassedTests, failed: report.numFailedTests + report.numRuntimeErrorTestSuites };
  } catch {
    return { passed: 0, failed: 0 };
  }
}

function tellPart({ testResults }: Report, part: string, paths: readonly string[]): void {
  const isPart = (name: string): boolean => paths.some((path) => name.startsWith(join(root, path)));
  const tests = testResults.filter(({ name }) => isPart(name)).flatMap(({ assertionResults }) => assertionResults);
  const count = (status: string): number => tests.filter((test) => test.status === status).length;
  if (tests.length > 0) console.log(`   ${part}: ${sentence({ passed: count('passed'), failed: count('failed') })}`);
}

/** Runs a script on this Node. What jest would print as JSON is in its report, so its standard output is dropped. */
function run(args: string[], environment: Record<string, string> = {}): Promise<number> {
  const stdout = args.includes('--json') ? 'ignore' : 'inherit';
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...process.env, ...environment },
      stdio: ['ignore', stdout, 'inherit'],
    });
    child.once('error', reject).once('close', (code) => resolve(code ?? 1));
  });
}
