import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { describeOptions } from './describe-options.ts';

test('options are told with their types, defaults and meanings', () => {
  const schema = z.strictObject({
    role: z.string().min(1).optional().meta({ description: 'The role.' }),
    mode: z.enum(['none', 'all']).default('none'),
    fields: z.record(z.string().min(1), z.enum(['active', 'name'])).default({ IsActive: 'active' }),
    ids: z.array(z.int()),
    strict: z.union([z.boolean(), z.literal('later')]).optional(),
    header: z.string().transform((name) => name.length),
  });
  expect(describeOptions(schema)).toEqual([
    { name: 'role', type: 'text', required: false, description: 'The role.' },
    { name: 'mode', type: 'one of none, all', default: 'none', required: false, description: '' },
    {
      name: 'fields',
      type: 'object of names to one of active, name',
      default: { IsActive: 'active' },
      required: false,
      description: '',
    },
    { name: 'ids', type: 'list of integer', required: true, description: '' },
    { name: 'strict', type: 'boolean or "later"', required: false, description: '' },
    { name: 'header', type: 'text', required: true, description: '' },
  ]);
});

test('a schema of another library tells nothing', () => {
  expect(describeOptions({ safeParse: () => ({ success: true, data: {} }) })).toEqual([]);
  expect(describeOptions(undefined)).toEqual([]);
});
