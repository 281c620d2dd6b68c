import { expect, test } from '@jest/globals';
import type { WriteCommand } from '../domain/command.ts';
import { presets } from '../domain/source-system.ts';
import { effectiveVariables } from '../domain/variables.ts';
import type { SourceSystem } from '../domain/source-system.ts';
import type { BatchItem } from '../pipeline/ports.ts';
import { limitLengths } from './limit-lengths.ts';
import { passwordRule } from './password-rule.ts';
import { refuseSelfReference } from './refuse-self-reference.ts';
import { rejectUnmapped } from './reject-unmapped.ts';
import { requireName } from './require-name.ts';

const person: WriteCommand = {
  verb: 'replace',
  entity: 'user',
  kind: 'person',
  sourcedId: 'P1',
  fields: {
    userName: 'ann',
    roles: [
      { role: 'Alumni', primary: false },
      { role: 'STUDENT', primary: true },
    ],
  },
};

function source(unmapped: 'wait' | 'reject'): SourceSystem {
  return {
    id: 1,
    organizationId: 1,
    code: 'sis',
    name: 'SIS',
    state: 'enabled',
    rank: 1,
    options: { ...presets.lis, unmapped },
    variables: effectiveVariables(),
    orgUnitTypes: new Map([['term', 'semester']]),
    roles: new Set(['student']),
  };
}

function refusal(handler: typeof limitLengths, command: WriteCommand, from = source('reject')): string | undefined {
  const item: BatchItem = { command, warnings: [] };
  handler.handle([item], from);
  return item.refusal?.code;
}

test('an org unit may not be its own parent, nor a person their own guardian', () => {
  const group = (kind: 'group' | 'template' | null): WriteCommand => ({
    verb: 'update',
    entity: 'org_unit',
    kind: 'group',
    sourcedId: 'G',
    fields: { parents: [{ role: 'parent', kind, sourcedId: 'G' }] },
  });
  expect(refusal(refuseSelfReference, group('group'))).toBe('invalid_data');
  expect(refusal(refuseSelfReference, group('template'))).toBeUndefined();
  expect(refusal(refuseSelfReference, group(null))).toBeUndefined();
  const related = (sourcedId: string): WriteCommand => ({
    ...person,
    fields: { relations: [{ kind: 'guardian', sourcedId }] },
  });
  expect(refusal(refuseSelfReference, related('P1'))).toBe('invalid_data');
  expect(refusal(refuseSelfReference, related('P2'))).toBeUndefined();
  const item: BatchItem = { command: related('P1'), warnings: [] };
  refuseSelfReference.handle([item], source('reject'));
  expect(item.refusal?.message).toBe(
    'The person "P1" is named as their own guardian. Correct the relations in the SIS.',
  );
});

test('a record with an unmapped role or type is refused only where the source system says so', () => {
  const term: WriteCommand = {
    verb: 'replace',
    entity: 'org_unit',
    kind: 'group',
    sourcedId: 'G',
    fields: { type: 'COLLEGE' },
  };
  expect(refusal(rejectUnmapped, term)).toBe('unmapped_type');
  expect(refusal(rejectUnmapped, { ...term, fields: { type: ' Term ' } })).toBeUndefined();
  expect(refusal(rejectUnmapped, term, source('wait'))).toBeUndefined();
});

test('of the institution roles only the one that is projected must be mapped', () => {
  expect(refusal(rejectUnmapped, person)).toBeUndefined();
  expect(refusal(rejectUnmapped, { ...person, fields: { roles: [{ role: 'Alumni', primary: true }] } })).toBe(
    'unmapped_role',
  );
});

test('values longer than their limit are refused by name, wherever they stand', () => {
  expect(refusal(limitLengths, { ...person, fields: { userName: 'é'.repeat(513) } })).toBe('value_too_long');
  expect(refusal(limitLengths, { ...person, fields: { attributes: { note: 'x'.repeat(16_385) } } })).toBe(
    'value_too_long',
  );
  expect(refusal(limitLengths, { ...person, sourcedId: 'x'.repeat(1_025) })).toBe('value_too_long');
  expect(refusal(limitLengths, person)).toBeUndefined();
});

test('lists are limited in entries, and an attribute may be called like a field', () => {
  const sections = Array.from({ length: 5_001 }, (_, index) => `S${index}`);
  const association: WriteCommand = {
    verb: 'replace',
    entity: 'association',
    kind: 'association',
    sourcedId: 'A',
    fields: { sections },
  };
  expect(refusal(limitLengths, association)).toBe('value_too_long');
  expect(refusal(limitLengths, { ...person, fields: { attributes: { email: 'x'.repeat(400) } } })).toBeUndefined();
});

test('ids are limited in bytes: two of them stand in one index', () => {
  expect(refusal(limitLengths, { ...person, sourcedId: 'ж'.repeat(513) })).toBe('value_too_long');
  expect(refusal(limitLengths, { ...person, sourcedId: 'ж'.repeat(512) })).toBeUndefined();
});

test('a person without any name is refused, an update of one is not', () => {
  expect(refusal(requireName, { ...person, fields: { email: 'a@b.c', givenName: null } })).toBe('incomplete_data');
  expect(refusal(requireName, { ...person, fields: { familyName: 'Lee' } })).toBeUndefined();
  expect(refusal(requireName, { ...person, verb: 'update', fields: { email: 'a@b.c' } })).toBeUndefined();
});

test.each([
  ['template', 'incomplete_data'],
  ['offering', 'incomplete_data'],
  ['section', 'incomplete_data'],
  // Its code is its name.
  ['group', undefined],
] as const)('a %s without a name is refused as %s, and an update may not take it away', (kind, code) => {
  const unit = { entity: 'org_unit', kind, sourcedId: 'O1' } as const;
  expect(refusal(requireName, { ...unit, verb: 'replace', fields: { type: 'X', code: 'PHYS.110' } })).toBe(code);
  expect(refusal(requireName, { ...unit, verb: 'replace', fields: { type: 'X', name: null } })).toBe(code);
  expect(refusal(requireName, { ...unit, verb: 'update', fields: { name: null } })).toBe(code);
  expect(refusal(requireName, { ...unit, verb: 'update', fields: { code: 'PHYS.111' } })).toBeUndefined();
  expect(refusal(requireName, { ...unit, verb: 'replace', fields: { type: 'X', name: 'Waves' } })).toBeUndefined();
  expect(refusal(requireName, { ...unit, verb: 'delete' })).toBeUndefined();
});

test('a password that was sent is dropped, told of or refused, as the organization says', () => {
  const password = { code: 'password_not_accepted' as const, message: 'Not taken.' };
  const date = { code: 'invalid_data' as const, message: 'Not a date.' };
  const obeyed = (rule: 'ignore' | 'warn' | 'refuse', notes = [password, date]) => {
    const item: BatchItem = { command: { ...person, notes }, warnings: [] };
    passwordRule.handle([item], { ...source('wait'), variables: effectiveVariables({ 'password-rule': rule }) });
    return { notes: item.command.notes?.map(({ code }) => code), refusal: item.refusal?.message };
  };
  expect(obeyed('ignore')).toEqual({ notes: ['invalid_data'], refusal: undefined });
  expect(obeyed('ignore', [password])).toEqual({ notes: undefined, refusal: undefined });
  expect(obeyed('warn')).toEqual({ notes: ['password_not_accepted', 'invalid_data'], refusal: undefined });
  expect(obeyed('refuse')).toEqual({ notes: ['invalid_data'], refusal: 'Not taken. Send the record without it.' });
});

test('of variables, only values that they may have are in force', () => {
  expect(effectiveVariables({ 'password-rule': 'encrypt' }, { 'tool.replay': 'no' })).toMatchObject({
    'password-rule': 'ignore',
    'tool.replay': true,
  });
  const layered = effectiveVariables({ 'password-rule': 'warn' }, { 'password-rule': 'refuse', 'tool.replay': false });
  expect(layered).toMatchObject({ 'password-rule': 'refuse', 'tool.replay': false });
});
