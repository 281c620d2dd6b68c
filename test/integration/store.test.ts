import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createSealer } from '../../src/auth/seal.ts';
import type { RecordCommand } from '../../src/domain/command.ts';
import { presets } from '../../src/domain/source-system.ts';
import type { SourceSystem } from '../../src/domain/source-system.ts';
import { claimNonces } from '../../src/state/access/nonces.ts';
import { createStore as createLiveStore, type LiveStore } from '../../src/state/create-store.ts';
import { createTestDatabase, type TestDatabase } from '../../src/testing/with-database.ts';
import { createOrganization, createStore, rowsOf, submission, type TestOrganization } from '../oracle/harness.ts';

let database: TestDatabase;
let store: LiveStore;
let organization: TestOrganization;
let sis: SourceSystem;

beforeAll(async () => {
  database = await createTestDatabase();
  store = createStore(database.pool);
  organization = await createOrganization(database.pool, store, {
    types: [{ code: 'course_offering', base: 'course_offering' }],
    roles: [{ code: 'learner', rank: 1, allSections: false }],
    sources: [
      {
        code: 'sis',
        rank: 1,
        options: presets.lis,
        typeMap: new Map([['CourseOffering', 'course_offering']]),
        roleMap: new Map([['Learner', 'learner']]),
      },
      {
        code: 'forgetful',
        rank: 2,
        options: { ...presets.lis, dependants: 'forget' },
        typeMap: new Map([['CourseOffering', 'course_offering']]),
        roleMap: new Map([['Learner', 'learner']]),
      },
    ],
  });
  sis = organization.sources.get('sis')!;
  await organization.send('sis', person('U'), {
    verb: 'replace',
    entity: 'org_unit',
    kind: 'offering',
    sourcedId: 'O',
    fields: { type: 'CourseOffering', name: 'Algebra' },
  });
});

afterAll(async () => {
  await store.close();
  await database.drop();
});

test('a delete by pair keeps its place among the commands of a message', async () => {
  await organization.send('sis', membership('E1'), pairDelete);
  expect(await declared('E1')).toEqual({ deleted: true });
  const outcomes = await organization.send('sis', membership('E2'), pairDelete, membership('E2'));
  expect(outcomes.map(({ status }) => status)).toEqual(['created', 'deleted', 'created']);
  expect(await declared('E2')).toEqual({ deleted: false });
});

test('what comes after a delete is not forgotten with what came before it', async () => {
  await organization.send('forgetful', person('F'), membershipOf('F', 'E3'));
  const outcomes = await organization.send(
    'forgetful',
    { verb: 'delete', entity: 'user', kind: 'person', sourcedId: 'F' },
    membershipOf('F', 'E4'),
  );
  expect(outcomes.map(({ status }) => status)).toEqual(['deleted', 'waiting']);
  expect(await declared('E3')).toEqual({ deleted: true });
  expect(await declared('E4')).toEqual({ deleted: false });
});

test('a trial of a validating source system is not remembered under its Idempotency-Key', async () => {
  const request = keyed(person('trial'), 'key-1');
  const trial = await store.write(request, { ...sis, state: 'validate' });
  expect(trial.outcomes[0]?.problems.map(({ code }) => code)).toEqual(['validate_only']);
  const real = await store.write(keyed(person('trial'), 'key-1'), sis);
  expect(real.outcomes[0]).toMatchObject({ status: 'created', problems: [] });
  const again = await store.write(keyed(person('trial'), 'key-1'), sis);
  expect(again).toEqual(real);
});

test('a repeat under an Idempotency-Key is journaled as that, in one transaction as in two', async () => {
  const sent = [1, 2, 3].map(() => keyed(person('repeated'), 'key-repeat'));
  const together = await Promise.all(sent.slice(0, 2).map((request) => store.write(request, sis)));
  const later = await store.write(sent[2]!, sis);
  expect([together[1], later]).toEqual([together[0], together[0]]);
  const [first, second, third] = sent.map(({ envelope }) => envelope.id);
  const rows = await asOrganization(
    `select id, replay_of, result, outcomes->0->>'status' as status from message where 'repeated' = any(sourced_ids)`,
  );
  const row = (id?: string, replayOf?: string) => ({
    id,
    replay_of: replayOf ?? null,
    result: 'success',
    status: 'created',
  });
  expect(rows).toHaveLength(3);
  expect(rows).toEqual(expect.arrayContaining([row(first), row(second, first), row(third, first)]));
});

test('a key used before for another request refuses each that comes, and journals each once', async () => {
  await store.write(keyed(person('one'), 'key-3'), sis);
  const sent = [keyed(person('two'), 'key-3'), keyed(person('three'), 'key-3')];
  const results = await Promise.allSettled(sent.map((request) => store.write(request, sis)));
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  const ids = sent.map(({ envelope }) => `'${envelope.id}'`).join();
  expect(await asOrganization(`select result, refusal->>'code' as code from message where id in (${ids})`)).toEqual([
    { result: 'refused', code: 'idempotency_mismatch' },
    { result: 'refused', code: 'idempotency_mismatch' },
  ]);
});

test('the same key for another request is refused, in one transaction as in two', async () => {
  const results = await Promise.allSettled([
    store.write(keyed(person('one'), 'key-2'), sis),
    store.write(keyed(person('two'), 'key-2'), sis),
  ]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  await expect(store.write(keyed(person('three'), 'key-2'), sis)).rejects.toThrow('Idempotency-Key');
});

test('a record that the database refuses harms itself only, and is journaled once with its failure', async () => {
  const broken = submission(sis, [
    { ...membership('broken'), fields: { ...fields, roles: [{ role: 'Learner', active: true, startsAt: 'never' }] } },
  ]);
  const results = await Promise.allSettled([
    store.write(submission(sis, [person('before')]), sis),
    store.write(broken, sis),
    store.write(submission(sis, [person('after')]), sis),
  ]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  const rows = await asOrganization<{ result: string; status: string }>(
    `select result, outcomes->0->>'status' as status from message where id = '${broken.envelope.id}'`,
  );
  expect(rows).toEqual([{ result: 'failure', status: 'rejected' }]);
});

test('a record that the database refuses is a warning in the log: nobody here has to act', async () => {
  const levels: string[] = [];
  const log = { warn: () => void levels.push('warn'), error: () => void levels.push('error') };
  const sealer = createSealer(Buffer.alloc(32, 7));
  const logging = createLiveStore({ pool: database.pool, sealer, claimNonces, log });
  const roles = [{ role: 'Learner', active: true, startsAt: 'never' }];
  const broken = { ...membership('logged'), fields: { ...fields, roles } };
  await expect(logging.write(submission(sis, [broken]), sis)).rejects.toMatchObject({ code: 'invalid_data' });
  expect(levels).toEqual(['warn']);
  await logging.close();
});

test('what cannot be journaled is not applied', async () => {
  const sealer = { ...createSealer(Buffer.alloc(32, 7)), seal: () => raise('the key is gone') };
  const log = { warn: () => undefined, error: () => undefined };
  const unsealing = createLiveStore({ pool: database.pool, sealer, claimNonces, log });
  const written = unsealing.write(submission(sis, [membership('unsealed')]), sis);
  await expect(written).rejects.toThrow('the key is gone');
  await unsealing.close();
  expect(await declared('unsealed')).toBeUndefined();
});

const fields = {
  userSourcedId: 'U',
  orgUnit: { kind: 'offering' as const, sourcedId: 'O' },
  roles: [{ role: 'Learner', active: true }],
};

const pairDelete: RecordCommand = {
  verb: 'delete',
  entity: 'enrollment',
  kind: 'membership',
  sourcedId: 'synthetic:U/offering/O',
  pair: { userSourcedId: 'U', orgUnit: { kind: 'offering', sourcedId: 'O' } },
};

function membership(sourcedId: string) {
  return {
    verb: 'replace',
    entity: 'enrollment',
    kind: 'membership',
    sourcedId,
    fields,
  } as const satisfies RecordCommand;
}

function membershipOf(userSourcedId: string, sourcedId: string): RecordCommand {
  return { ...membership(sourcedId), fields: { ...fields, userSourcedId } };
}

function person(sourcedId: string): RecordCommand {
  return { verb: 'replace', entity: 'user', kind: 'person', sourcedId, fields: { userName: sourcedId } };
}

function keyed(command: RecordCommand, idempotencyKey: string) {
  const plain = submission(sis, [command]);
  return { ...plain, envelope: { ...plain.envelope, idempotencyKey } };
}

async function declared(sourcedId: string): Promise<{ deleted: boolean } | undefined> {
  const rows = await asOrganization<{ deleted: boolean }>(
    `select deleted from declared_enrollment where sourced_id = '${sourcedId}'`,
  );
  return rows[0];
}

function asOrganization<Row extends object>(sql: string): Promise<Row[]> {
  return rowsOf<Row>(database.pool, organization.id, sql);
}

function raise(message: string): never {
  throw new Error(message);
}
