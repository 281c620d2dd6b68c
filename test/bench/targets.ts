import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import express from 'express';
import type pg from 'pg';
import soap from 'soap';

/** The repository. */
const root = join(import.meta.dirname, '../..');

/** A server that the same messages are sent to, in this process. */
export type Target = { readonly port: number; close(): void };

/** The floor: the body, as it came, in one committed INSERT. */
export async function startFloor(pool: pg.Pool): Promise<Target> {
  await pool.query(
    'create table bench_message (id bigint generated always as identity primary key, body bytea not null)',
  );
  const app = express();
  app.disable('x-powered-by').disable('etag');
  app.post('/lis/mms', express.raw({ type: () => true, limit: '10mb' }), async (request, response) => {
    await pool.query({
      name: 'floor',
      text: 'insert into bench_message (body) values ($1)',
      values: [request.body as Buffer],
    });
    response.type('text/xml').send(answer);
  });
  return listen(createServer(app));
}

/** As long as the gateway's own answer. */
const answer = `<?xml version="1.0" encoding="UTF-8"?>${' '.repeat(1_000)}<done/>`;

/** node-soap's server over our WSDL, with an operation that does nothing. */
export async function startNodeSoap(): Promise<Target> {
  const wsdl = join(root, 'wsdl/lis2/mms.wsdl');
  const described = (await soap.createClientAsync(wsdl)).describe() as Record<string, Record<string, unknown>>;
  const [service = '', ports = {}] = Object.entries(described)[0] ?? [];
  const [port = ''] = Object.keys(ports);
  const server = createServer((_request, response) => response.writeHead(404).end());
  soap.listen(server, {
    path: '/lis/mms',
    services: { [service]: { [port]: { replaceMembership: () => ({}) } } },
    xml: await readFile(wsdl, 'utf8'),
    uri: wsdl,
    suppressStack: true,
  });
  return listen(server);
}

async function listen(server: Server): Promise<Target> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
