import { expect, test } from '@jest/globals';
import type { WriteCommand } from '../../domain/command.ts';
import type { BatchItem } from '../../pipeline/ports.ts';
import { runStep } from '../../pipeline/plugins/index.ts';
import { sampleSource } from '../../testing/kits/samples.ts';
import { relations } from './relations.ts';

function without(name: string, command: WriteCommand): BatchItem {
  const item: BatchItem = { command, warnings: [] };
  const functions = relations.find((handler) => handler.name === name)?.leftOut?.(new Set());
  runStep(functions ?? {}, [item], sampleSource());
  return item;
}

const person = { entity: 'user', kind: 'person', sourcedId: 'P1' } as const;

test('a list without the plug-in leaves the relations of its kinds as they are, and says so of those that are stated', () => {
  const fields = { relations: [{ kind: 'guardian' as const, sourcedId: 'G1' }] };
  const command = { ...person, verb: 'replace', fields } as const;
  expect(without('update-auditors', command)).toMatchObject({
    command: { wishes: { leaveRelations: ['auditor'] } },
    warnings: [],
  });
  expect(without('update-parents', { ...command, at: '/fields' })).toMatchObject({
    command: { wishes: { leaveRelations: ['parent', 'guardian', 'relative'] } },
    warnings: [{ code: 'relation_not_taken', field: 'relations', at: '/fields' }],
  });
});

test('it has nothing to say of a delete', () => {
  const command = { ...person, verb: 'delete' } as const;
  expect(without('update-parents', command)).toEqual({ command, warnings: [] });
});
