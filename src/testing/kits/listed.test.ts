import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { defineHandler } from '../../pipeline/plugins/index.ts';
import { optionsToTry } from './listed.ts';

const handler = (options?: z.ZodType) =>
  defineHandler<unknown>({
    name: 'tried',
    summary: 'A handler.',
    points: ['handle.user.replace'],
    stage: 'rule',
    ...(options === undefined ? {} : { options }),
    make: () => ({}),
  });
const demanding = handler(z.strictObject({ domain: z.string() }));
const lenient = handler(z.strictObject({ domain: z.string().optional() }));
const example = { options: { domain: 'x.example' } };

test('a plug-in is tried with the options of its examples, each once, and without any where it does without', () => {
  expect(optionsToTry(demanding, [example, {}, { options: { ...example.options } }], {})).toEqual([example.options]);
  expect(optionsToTry(lenient, [example], {})).toEqual([{}, example.options]);
  expect(optionsToTry(handler(), [], {})).toEqual([{}]);
});

test('options can be given to the kit; where none will do, it says so', () => {
  expect(optionsToTry(demanding, [example], { options: { domain: 'y.example' } })).toEqual([{ domain: 'y.example' }]);
  expect(() => optionsToTry(demanding, [{}], {})).toThrow('give the kit `options`');
});
