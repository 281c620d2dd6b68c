import { beforeAll, describe, expect, test } from '@jest/globals';
import { Ajv, type ValidateFunction } from 'ajv';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';

type Service = {
  user?: string;
  read_only?: boolean;
  cap_drop?: string[];
  privileged?: boolean;
  security_opt?: string[];
  healthcheck?: { interval?: string; timeout?: string; start_period?: string };
  stop_grace_period?: string;
  ports?: string[];
  environment?: Record<string, string | null>;
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
};
type Compose = { services: Record<string, Service>; volumes: Record<string, unknown> };

const root = join(import.meta.dirname, '..');
const read = (path: string) => readFile(join(root, path), 'utf8');

let valid: ValidateFunction;
let compose: Compose;

beforeAll(async () => {
  valid = compileSchema(await read('test/schemas/compose-spec/compose-spec.json'));
  compose = parse(await read('docker-compose.yml')) as Compose;
});

describe('docker-compose.yml', () => {
  test('follows the Compose Specification', () => {
    valid(compose);
    expect(valid.errors).toBeNull();
  });

  test('and the check would see a wrong key or type', () => {
    const gateway = compose.services.gateway!;
    const wrong = [
      { ...gateway, healthchek: {} },
      { ...gateway, read_only: [] },
      { ...gateway, healthcheck: { test: [{}] } },
    ];
    for (const service of wrong) expect(valid({ services: { gateway: service } })).toBe(false);
    expect(valid({ services: { gateway } })).toBe(true);
  });

  test('writes durations as Compose reads them (the schema takes any text)', () => {
    for (const { healthcheck, stop_grace_period } of Object.values(compose.services)) {
      const { interval, timeout, start_period } = healthcheck ?? {};
      for (const duration of [interval, timeout, start_period, stop_grace_period]) expect(duration).toMatch(/^\d+s$/);
    }
  });

  test('runs everything unprivileged, on a read-only root file system, with health checks', () => {
    for (const [name, service] of Object.entries(compose.services)) {
      expect({ name, user: service.user }).not.toMatchObject({ user: expect.stringMatching(/^(root|0)?$/) });
      expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
      expect(service.privileged).toBeUndefined();
      expect(service.healthcheck).toBeDefined();
    }
  });

  test('holds no secret: they come from the environment and are required', () => {
    const secrets = Object.values(compose.services)
      .flatMap((service) => Object.entries(service.environment ?? {}))
      .filter(([name, value]) => /PASSWORD|KEY|TOKEN|SECRET/.test(name) && value !== null);
    expect(secrets.length).toBeGreaterThan(0);
    for (const [, value] of secrets) expect(value).toMatch(/^\$\{\w+:\?[^}]+\}$/);
  });

  test('publishes the gateway on this machine only, and the database not at all', () => {
    expect(compose.services.gateway?.ports).toEqual([expect.stringMatching(/^127\.0\.0\.1:/)]);
    expect(compose.services.postgres?.ports).toBeUndefined();
  });

  test('starts the gateway when the database is ready, and declares the volumes it names', () => {
    expect(compose.services.gateway?.depends_on).toEqual({ postgres: { condition: 'service_healthy' } });
    const named = Object.values(compose.services).flatMap((service) => service.volumes ?? []);
    const used = named.map((volume) => volume.split(':')[0]).filter((source) => !source?.startsWith('.'));
    expect(used.sort()).toEqual(Object.keys(compose.volumes).sort());
  });
});

test('the image runs as a user without rights, and what it copies exists', async () => {
  const lines = (await read('Dockerfile')).split('\n');
  expect(lines.filter((line) => line.startsWith('USER '))).toEqual(['USER node']);
  expect(lines.findLastIndex((line) => line.startsWith('USER '))).toBeLessThan(
    lines.findIndex((line) => line.startsWith('ENTRYPOINT')),
  );
  for (const path of ['package.json', 'package-lock.json', '.npmrc', 'src/main.ts'])
    expect(await read(path)).not.toBe('');
});

/** The schema names draft-07 by an address that ajv does not know. */
function compileSchema(text: string): ValidateFunction {
  const { $schema: _, ...schema } = JSON.parse(text) as Record<string, unknown>;
  return new Ajv({ strict: false, allErrors: true }).compile(schema);
}
