import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import soap, { BasicAuthSecurity, type Client } from 'soap';
import type { ExchangeState, ExchangeView } from '../../src/domain/bulk-exchange.ts';
import type { RunView } from '../../src/domain/administration/index.ts';
import { withDatabase } from '../../src/testing/with-database.ts';
import { bulkAccount, type BulkSis, startBulkSis } from '../soap/bulk-sis.ts';
import { type Environment, type GatewayProcess, passerelle, startGateway } from './gateway-process.ts';

const account = { userName: 'sis-in-bulk', password: 'bulk-e2e-secret' };
const token = 'bulk-e2e-token-0123456789';
const address = '/d2l/im/ipsis/lis/bdemsv1p0/BulkDataExchangeManagementServices.svc';

let folder: string;
let sis: BulkSis;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'passerelle-e2e-'));
  sis = await startBulkSis();
});
afterAll(async () => {
  await sis.close();
  await rm(folder, { recursive: true, force: true });
});

const environmentOf = (url: string, name: string): Environment => ({
  DATABASE_URL: url,
  PASSERELLE_VAR: join(folder, name),
  PASSERELLE_DEMO_USER: account.userName,
  PASSERELLE_DEMO_PASSWORD: account.password,
  PASSERELLE_DEMO_TOKEN: token,
  PASSERELLE_OUTBOUND_ALLOW: '127.0.0.1',
  PASSERELLE_ENDPOINT_PASSWORD: bulkAccount.password,
});

async function setEndpoint(environment: Environment): Promise<void> {
  const named = ['endpoint', 'set', 'demo', 'banner', 'bulk', '--address', sis.url];
  const set = await passerelle([...named, '--auth', 'http-basic', '--user', bulkAccount.userName], environment);
  expect(set).toMatchObject({ code: 0 });
}

async function read<T>({ url }: GatewayProcess, path: string): Promise<T> {
  const response = await fetch(`${url}/api/v1/${path}`, { headers: { authorization: `Bearer ${token}` } });
  return (await response.json()) as T;
}

async function until(
  gateway: GatewayProcess,
  transactionId: string,
  ...states: ExchangeState[]
): Promise<ExchangeView> {
  for (let tries = 0; ; tries += 1) {
    const { items } = await read<{ items: ExchangeView[] }>(gateway, 'bulk-exchanges');
    const found = items.find((each) => each.transactionId === transactionId);
    if (found !== undefined && states.includes(found.state)) return found;
    if (tries > 900) throw new Error(`${transactionId} is ${JSON.stringify(found)}`);
    await delay(100);
  }
}

const currentState = async (gateway: GatewayProcess) =>
  (await read<{ currentState: string }>(gateway, 'source-systems/banner')).currentState;

/** A client of a foreign make, from the description that we publish. */
async function clientOf({ url }: GatewayProcess): Promise<Client> {
  const client = await soap.createClientAsync(`${url}${address}?wsdl`, { endpoint: url + address });
  client.setSecurity(new BasicAuthSecurity(account.userName, account.password));
  const namespace = 'http://www.imsglobal.org/services/lis/bdems1p0/wsdl11/sync/imsbdems_v1p0';
  const header = { imsx_syncRequestHeaderInfo: { imsx_version: 'V1.0', imsx_messageIdentifier: 'm-1' } };
  client.addSoapHeader(header, '', 'tns', namespace);
  return client;
}

type Method = (parameters: object) => Promise<[{ supportedServices?: { serviceName: string[] } }, string]>;

async function announce(client: Client, transactionId: string, files: readonly [string, Buffer][]): Promise<string[]> {
  const bulkBlockDataFile = files.map(([path, bytes]) => ({
    url: sis.origin + path,
    totalSize: bytes.length,
    checkSum: createHash('sha256').update(bytes).digest('hex'),
  }));
  const method = (client as unknown as Record<string, Method>).announceBulkDataExchangeAsync!;
  const [result, xml] = await method({
    transactionId,
    bulkBlockManifest: { expiryDate: new Date(Date.now() + 3_600_000).toISOString(), bulkBlockDataFile },
  });
  expect(xml).toContain('<imsx_codeMajor>success</imsx_codeMajor>');
  return result.supportedServices?.serviceName ?? [];
}

const people = (ids: readonly string[], operation = 'replacePerson'): Buffer =>
  Buffer.from(
    `<bulkDataRecord xmlns="http://www.imsglobal.org/services/lis/bdemsv1p0/imsbdemsFileData_v1p0">${ids
      .map(
        (id) =>
          `<transactionRecord><transactionOpIdentifier>${id}</transactionOpIdentifier><serviceName>PersonManagementService</serviceName><interfaceName>PersonManager</interfaceName><operationName>${operation}</operationName><parameterSet><parameterRecord><parameterInvoc>In</parameterInvoc><parameterName>sourcedId</parameterName><parameterType>GUID</parameterType><parameterValue><guid>${id}</guid></parameterValue></parameterRecord>${
            operation === 'deletePerson'
              ? ''
              : `<parameterRecord><parameterInvoc>In</parameterInvoc><parameterName>personRecord</parameterName><parameterType>PersonRecord</parameterType><parameterValue><personRecord><sourcedGUID><sourcedId>${id}</sourcedId></sourcedGUID><person><formname><formattedName><language>en</language><textString>Pat ${id}</textString></formattedName></formname></person></personRecord></parameterValue></parameterRecord>`
          }</parameterSet></transactionRecord>`,
      )
      .join('')}</bulkDataRecord>`,
  );

const reportOf = (transactionId: string): string =>
  JSON.stringify(
    sis.calls.filter((call) => call.operation === 'reportBulkDataExchange' && call.transactionId === transactionId),
  );

test(
  'a SIS is asked by command, announces bulk files by a client of its own, and is told what became of them',
  () =>
    withDatabase(async ({ url }) => {
      const environment = environmentOf(url, 'whole');
      const gateway = await startGateway(environment);
      try {
        await setEndpoint(environment);
        const asked = await passerelle(
          [
            'bulk',
            'request',
            '--source-system',
            'banner',
            '--entity-types',
            'Person',
            '--save-point',
            '2026-03-01T00:00:00.000',
            '--json',
          ],
          environment,
        );
        expect(asked).toMatchObject({ code: 0 });
        const { transactionId } = JSON.parse(asked.stdout) as ExchangeView;
        await until(gateway, transactionId, 'requested');
        expect(await currentState(gateway)).toBe('bulk');
        expect(sis.calls.at(-1)).toMatchObject({ operation: 'requestBulkDataExchange', transactionId });

        // What the second file deletes, the first one has brought: their order counts.
        const files: [string, Buffer][] = [
          ['/people-1.xml', people(['B1', 'B2', 'B3'])],
          ['/people-2.xml', people(['B3', 'unheard-of'], 'deletePerson')],
        ];
        for (const [path, bytes] of files) sis.files.set(path, bytes);
        const client = await clientOf(gateway);
        expect(await announce(client, transactionId, files)).toContain('PersonManagementService');

        const ended = await until(gateway, transactionId, 'finished');
        const runs = await Promise.all(ended.files.map(({ runId }) => read<RunView>(gateway, `runs/${runId ?? ''}`)));
        expect(runs).toMatchObject([
          { state: 'finished', dialect: 'lis2-bulk', counters: { person: { add: 3 } } },
          { state: 'finished', dialect: 'lis2-bulk', counters: { person: { remove: 1 } } },
        ]);
        expect(reportOf(transactionId)).toMatch(/person 3 records \(3 added.*person.*1 removed/);
        expect(await currentState(gateway)).toBe('enabled');

        const shown = await passerelle(['bulk', 'show', ended.id], environment);
        expect(shown.stdout).toMatch(/state +finished[^]*people-2\.xml[^]*told last +reportBulkDataExchange/);
        const listed = await passerelle(['bulk', 'list', '--source-system', 'banner'], environment);
        expect(listed.stdout).toMatch(new RegExp(`${ended.id} +banner +${transactionId} +finished +gateway +2`));
        const again = await passerelle(['bulk', 'cancel', ended.id], environment);
        expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('there is nothing left to cancel') });
      } finally {
        expect(await gateway.stop()).toBe(0);
      }
    }),
  120_000,
);

test(
  'kill -9 once files are announced, while they are fetched, while they are reported: the next process goes on',
  () =>
    withDatabase(async ({ url }) => {
      const environment = environmentOf(url, 'killed');
      let gateway = await startGateway(environment);
      const restart = async (): Promise<void> => {
        await gateway.stop('SIGKILL');
        gateway = await startGateway(environment);
      };
      try {
        await setEndpoint(environment);
        const one = people(Array.from({ length: 300 }, (_, index) => `K${index}`));
        let whole = false;
        sis.files.set('/killed.xml', (_, response) => {
          // Half of it, and then nothing.
          if (whole) response.end(one);
          else response.writeHead(200, { 'content-length': one.length }).write(one.subarray(0, one.length / 2));
        });
        await announce(await clientOf(gateway), 'K-1', [['/killed.xml', one]]);
        // It was acknowledged: nothing more is needed.
        await restart();
        await until(gateway, 'K-1', 'downloading');
        await delay(500);
        expect(await currentState(gateway)).toBe('bulk');
        await restart();
        whole = true;
        sis.statuses.push(...Array.from({ length: 3 }, () => 503));
        await until(gateway, 'K-1', 'reporting');
        expect(await currentState(gateway)).toBe('enabled');
        await restart();
        const ended = await until(gateway, 'K-1', 'finished');
        expect(await read<RunView>(gateway, `runs/${ended.files[0]?.runId ?? ''}`)).toMatchObject({
          state: 'finished',
          counters: { person: { records: 300, add: 300 } },
        });
        expect(reportOf('K-1')).toContain('300 added');
      } finally {
        await gateway.stop();
      }
    }),
  240_000,
);

test(
  'a file that is none fails its exchange; a run in progress is cancelled with its exchange',
  () =>
    withDatabase(async ({ url }) => {
      const environment = environmentOf(url, 'cancelled');
      const gateway = await startGateway(environment);
      try {
        await setEndpoint(environment);
        const garbage = Buffer.from('neither XML nor anything else');
        sis.files.set('/garbage', garbage);
        await announce(await clientOf(gateway), 'G-1', [['/garbage', garbage]]);
        const failed = await until(gateway, 'G-1', 'failed');
        expect(failed).toMatchObject({ problem: { code: 'unknown_format' }, told: { problem: null } });
        expect(reportOf('G-1')).toContain('unknown_format');

        const many = people(Array.from({ length: 20_000 }, (_, index) => `C${index}`));
        sis.files.set('/many.xml', many);
        await announce(await clientOf(gateway), 'C-1', [['/many.xml', many]]);
        const processing = await until(gateway, 'C-1', 'processing', 'reporting', 'finished');
        expect(processing.state).toBe('processing');
        const cancelled = await passerelle(['bulk', 'cancel', processing.id, '--json'], environment);
        expect(JSON.parse(cancelled.stdout)).toMatchObject({ state: 'cancelling' });
        const ended = await until(gateway, 'C-1', 'cancelled');
        const run = await read<RunView>(gateway, `runs/${ended.files[0]?.runId ?? ''}`);
        expect(run.state).toBe('cancelled');
        expect(sis.calls.at(-1)).toMatchObject({ operation: 'ignoreBulkDataExchange', transactionId: 'C-1' });
      } finally {
        await gateway.stop();
      }
    }),
  120_000,
);
