import { beforeEach, expect, test } from '@jest/globals';
import type { Submission } from '../domain/message.ts';
import { GatewayError, type Problem } from '../domain/problem.ts';
import { sampleMessage, sampleSource } from '../testing/kits/samples.ts';
import { createGateway } from './gateway.ts';
import {
  createCompiledLists,
  createRegistry,
  defineHandler,
  definePlugin,
  type HandlerFunctions,
  type ListPoint,
} from './plugins/index.ts';
import type { Translation } from './ports.ts';

const point: ListPoint = {
  name: 'handle.user.replace',
  kind: 'handle',
  summary: 'A point.',
  templates: [{ name: 'standard', summary: 'Shipped.', entries: [{ plugin: 'odd', sortOrder: 10 }] }],
  standard: () => 'standard',
};
const translation: Translation = {
  dialect: 'test',
  operation: 'replacePerson',
  commands: [{ verb: 'replace', entity: 'user', kind: 'person', sourcedId: 'P1', fields: {} }],
};
const principal = { userName: 'sis', organizationId: 1, sourceSystemId: 1, mechanism: 'test' };

let refused: { submission: Submission; problem: Problem }[] = [];
beforeEach(() => {
  refused = [];
});

const tooLate = (): unknown => Promise.reject(new Error('too late'));
const faults: [string, HandlerFunctions][] = [
  [
    'throws',
    {
      handle: () => {
        throw new TypeError('no such field');
      },
    },
  ],
  ['is async', { handle: tooLate }],
];

test.each(faults)(
  'a message that meets a plug-in that %s is refused and journaled, and the plug-in is named',
  async (_, functions) => {
    const gateway = gatewayWith(functions);
    await expect(gateway.process(sampleMessage(), principal, () => translation)).rejects.toMatchObject({
      code: 'internal_error',
      message: expect.not.stringContaining('odd'),
      detail: 'the plug-in odd at handle.user.replace',
    });
    expect(refused).toEqual([
      {
        submission: expect.objectContaining({ principal, commands: [] }),
        problem: {
          code: 'internal_error',
          message: expect.stringContaining('At fault: the plug-in odd at handle.user.replace.'),
        },
      },
    ]);
  },
);

test('a mistake of a translator is journaled as well, with no one named', async () => {
  const mistake = new RangeError('a bug');
  const gateway = gatewayWith({});
  const work = gateway.process(sampleMessage(), principal, () => {
    throw mistake;
  });
  await expect(work).rejects.toMatchObject({ code: 'internal_error', cause: mistake, detail: undefined });
  expect(refused.map(({ problem }) => problem.code)).toEqual(['internal_error']);
});

test('what the store throws is its own: nobody knows what was written', async () => {
  const gateway = gatewayWith({});
  await expect(gateway.process(sampleMessage(), principal, () => translation)).rejects.toThrow('the disk is gone');
  expect(refused).toEqual([]);
});

function gatewayWith(functions: HandlerFunctions) {
  const odd = defineHandler({
    name: 'odd',
    summary: 'Odd.',
    points: [point.name],
    stage: 'rule',
    make: () => functions,
  });
  const registry = createRegistry([point], [definePlugin({ name: 'p', apiVersion: 1, handlers: [odd] })]);
  const log = { error: () => undefined, warn: () => undefined };
  return createGateway({
    authenticate: () => Promise.reject(new GatewayError('credentials_missing', 'Nobody.')),
    sourceSystem: () => Promise.resolve(sampleSource()),
    handlers: [],
    lists: createCompiledLists(registry, log),
    groupTypes: () => Promise.resolve(new Map()),
    store: {
      write: () => Promise.reject(new Error('the disk is gone')),
      refuse: (submission, problem) => {
        refused.push({ submission, problem });
        return Promise.resolve();
      },
    },
    log,
  });
}
