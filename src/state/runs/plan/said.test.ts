import { expect, test } from '@jest/globals';
import type { RecordCommand } from '../../../domain/command.ts';
import { Said } from './said.ts';
import { SeenKeys } from './seen-keys.ts';

const association = { entity: 'association', kind: 'association', sourcedId: 'A-1' } as const;
const person = { entity: 'user', kind: 'person', sourcedId: 'P-1' } as const;
const adding = (...sections: string[]): RecordCommand => ({
  ...association,
  verb: 'update',
  lists: 'add',
  fields: { sections },
});
const attributes = (given: Record<string, string>): RecordCommand => ({
  ...person,
  verb: 'update',
  lists: 'add',
  fields: { attributes: given },
});
const replace = (fields: object, wishes: object = {}): RecordCommand => ({
  ...person,
  verb: 'replace',
  fields,
  wishes,
});

function takesPlace(held: RecordCommand, ...said: RecordCommand[]): boolean {
  const all = new Said(new SeenKeys());
  for (const command of said) all.add(command);
  const { kind, sourcedId, verb } = held;
  return all.takesPlaceOf({
    kind,
    sourcedId,
    verb,
    fields: verb === 'delete' ? [] : Object.keys(held.fields),
    leaves: held.wishes?.leave ?? [],
    update: verb === 'update' ? held : null,
  });
}

test('what states the whole takes the place of whatever is held, a record of another key of nothing', () => {
  expect(takesPlace(attributes({ badge: '1' }), replace({ userName: 'a' }))).toBe(true);
  expect(takesPlace(replace({ userName: 'a' }), { ...person, verb: 'delete' })).toBe(true);
  expect(takesPlace(replace({ userName: 'a' }), { ...replace({}), sourcedId: 'P-2' })).toBe(false);
});

test('what leaves a field as it is does not take the place of it; what states it does', () => {
  const leave = { leave: ['attributes'] };
  expect(takesPlace(attributes({ badge: '1' }), replace({ userName: 'a' }, leave))).toBe(false);
  expect(takesPlace(replace({ userName: 'a' }, leave), replace({ userName: 'b' }, leave))).toBe(true);
  expect(takesPlace(attributes({ badge: '1' }), replace({ userName: 'a', attributes: {} }, leave))).toBe(true);
  expect(takesPlace({ ...person, verb: 'delete' }, replace({ userName: 'a' }, leave))).toBe(true);
});

test('nor does it take the place of what clears that field', () => {
  expect(takesPlace(replace({ userName: 'a' }), replace({ userName: 'b' }, { leave: ['email'] }))).toBe(false);
});

test('what never changes what is there takes the place of a delete alone', () => {
  const create = replace({ userName: 'a' }, { never: 'change' });
  expect(takesPlace(attributes({ badge: '1' }), create)).toBe(false);
  expect(takesPlace({ ...person, verb: 'delete' }, create)).toBe(true);
});

test('of updates those of the same fields count, and of the same entries of lists that they add', () => {
  expect(takesPlace(adding('S-1'), adding('S-2'))).toBe(false);
  expect(takesPlace(adding('S-1'), adding('S-1'))).toBe(true);
  expect(takesPlace(attributes({ badge: '1', room: '2' }), attributes({ room: '3', badge: '4' }))).toBe(true);
  expect(takesPlace(attributes({ badge: '1' }), attributes({ room: '3' }))).toBe(false);
  const parents = { ...association, verb: 'update', fields: { sections: ['S-1'] } } as RecordCommand;
  expect(takesPlace(parents, { ...parents, fields: { sections: ['S-2'] } } as RecordCommand)).toBe(true);
});
