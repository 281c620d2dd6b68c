import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { describeIssues } from './describe-issues.ts';

const schema = z.strictObject({
  name: z.string().min(1).max(3),
  size: z.int().min(1).max(10).optional(),
  colour: z.enum(['red', 'green']).optional(),
  marks: z.array(z.strictObject({ 'a/b': z.boolean() })).optional(),
  at: z.iso.datetime('must be an instant').optional(),
  count: z.int().optional(),
  text: z.record(z.string(), z.string()).optional(),
  code: z
    .string()
    .min(5)
    .regex(/^[a-z]+$/, 'must be letters')
    .optional(),
});

function mistakes(value: unknown): [string, string, string][] {
  const { error } = schema.safeParse(value);
  return describeIssues(error!, value, '/messages/2').map(({ sort, at, message }) => [sort, at, message]);
}

describe('what a schema has against a value', () => {
  it.each([
    [{}, 'missing', '/name', 'is missing'],
    [{ name: '' }, 'missing', '/name', 'is empty'],
    [{ name: 'abcd' }, 'too_long', '/name', 'has more than 3 characters'],
    [{ name: 1 }, 'malformed', '/name', 'must be a string'],
    [{ name: null }, 'malformed', '/name', 'must be a string'],
    [{ name: 'a', size: 11 }, 'malformed', '/size', 'must be at most 10'],
    [{ name: 'a', size: 0 }, 'malformed', '/size', 'must be at least 1'],
    [{ name: 'a', count: 1e20 }, 'malformed', '/count', 'must be at most 9007199254740991'],
    [{ name: 'a', colour: 'blue' }, 'malformed', '/colour', 'must be one of red, green'],
    [{ name: 'a', marks: [{ 'a/b': 'x' }] }, 'malformed', '/marks/0/a~1b', 'must be a boolean'],
    [{ name: 'a', at: 'now' }, 'malformed', '/at', 'must be an instant'],
    [{ name: 'a', nmae: 1 }, 'malformed', '/nmae', 'is not known here; check its spelling'],
    [{ name: 'a', text: [] }, 'malformed', '/text', 'must be an object'],
    [{ name: 'a', code: '' }, 'missing', '/code', 'is empty'],
    [{ name: 'a', code: '1' }, 'malformed', '/code', 'has fewer than 5 characters'],
    [{ name: 'a', code: '12345' }, 'malformed', '/code', 'must be letters'],
  ])('%j', (value, sort, at, reason) => {
    expect(mistakes(value)).toEqual([[sort, `/messages/2${at}`, `\`/messages/2${at}\` ${reason}.`]]);
  });

  it('comes whole, and names the innermost field', () => {
    const value = { name: 2, marks: [{ 'a/b': true }, {}], extra: 1 };
    const { error } = schema.safeParse(value);
    expect(describeIssues(error!, value).map((mistake) => mistake.field)).toEqual(['name', 'a/b', 'extra']);
  });

  it.each([
    [{ list: {} }, '/list', 'must have `template` or `entries`'],
    [{ list: { template: 'a', entries: [] } }, '/list', 'must have `template` or `entries`'],
    [{ list: { template: 1 } }, '/list/template', 'must be a string'],
    [{ list: { entries: [], more: 1 } }, '/list/more', 'is not known here; check its spelling'],
    [{ list: { entries: [{ order: '1' }] } }, '/list/entries/0/order', 'must be a number'],
    [{ list: { entries: [{ order: 1 }, { order: 2 }, {}] } }, '/list/entries', 'has more than 2 entries'],
  ])('of one of several shapes says what is wrong with the one that is meant: %j', (value, at, reason) => {
    const entries = z.array(z.strictObject({ order: z.number() })).max(2);
    const shapes = z.union([z.strictObject({ template: z.string() }), z.strictObject({ entries })], {
      error: 'must have `template` or `entries`',
    });
    const { error } = z.strictObject({ list: shapes }).safeParse(value);
    expect(describeIssues(error!, value)[0]).toMatchObject({ at, message: `\`${at}\` ${reason}.` });
  });

  it('of a value as a whole says so', () => {
    expect(describeIssues(schema.safeParse([]).error!, []).map(({ message }) => message)).toEqual([
      'The JSON must be an object.',
    ]);
  });
});
