import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { lisEndpoints, lisPrefixes, loadWsdls } from '../../src/dialects/lis2/index.ts';
import type { Command } from '../../src/domain/command.ts';
import type { DeclaredRecord, Outcome } from '../../src/domain/outcome.ts';
import { presets } from '../../src/domain/source-system.ts';
import { effectiveVariables } from '../../src/domain/variables.ts';
import { createRemoteOf } from '../../src/http/remote.ts';
import { createSoapDoor } from '../../src/http/soap-door.ts';
import type { Message, SourceSystem, SubmissionResult, Translate } from '../../src/pipeline/ports.ts';

/** Serves the SOAP door on a free port, before a gateway that remembers what it was told and knows no rules. */
export async function withSoapDoor<T>(use: (baseUrl: string) => Promise<T>): Promise<T> {
  const app = express();
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const endpoints = lisEndpoints(await loadWsdls());
  app.use(
    createSoapDoor({
      gateway: memoryGateway(),
      endpoints,
      prefixes: lisPrefixes,
      bareAddresses: ['/enterprise', '/lis/record'],
      limits: { bodyBytes: 1e6 },
      remoteOf: createRemoteOf([]),
      log: silent,
    }),
  );
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const source: SourceSystem = {
  id: 1,
  organizationId: 1,
  code: 'sis',
  name: 'SIS',
  state: 'enabled',
  rank: 100,
  options: presets.lis,
  variables: effectiveVariables(),
  orgUnitTypes: new Map(),
  roles: new Set(),
};

function memoryGateway() {
  const declared = new Map<string, DeclaredRecord>();
  return {
    submit(message: Message, translate: Translate): Promise<SubmissionResult> {
      return Promise.resolve().then(() => ({
        messageId: message.id,
        outcomes: translate(source).commands.map((command) => done(declared, command)),
      }));
    },
  };
}

function done(declared: Map<string, DeclaredRecord>, command: Command): Outcome {
  const { entity, kind, verb, sourcedId } = command;
  const key = `${kind} ${sourcedId}`;
  const record = declared.get(key);
  const outcome = { entity, kind, verb, sourcedId };
  const unknown = { code: 'unknown_object', message: `Nothing is known under ${key}.` } as const;
  if (command.verb === 'replace') {
    declared.set(key, { entity, kind, sourcedId, fields: command.fields } as DeclaredRecord);
    return { ...outcome, status: record === undefined ? 'created' : 'updated', problems: [] };
  }
  if (command.verb === 'read') {
    return record === undefined
      ? { ...outcome, status: 'rejected', problems: [unknown] }
      : { ...outcome, status: 'read', problems: [], record };
  }
  if (command.verb === 'list') {
    const records = [...declared.values()].filter((each) => each.kind === kind);
    const found = { sourcedIds: records.map((each) => each.sourcedId), records, savePoint: '2026-01-12T08:00:00.000Z' };
    return { ...outcome, status: 'read', problems: [], found };
  }
  if (command.verb !== 'delete') throw new Error(`the gateway of this test cannot ${command.verb}`);
  declared.delete(key);
  return { ...outcome, status: 'deleted', problems: record === undefined ? [unknown] : [] };
}
