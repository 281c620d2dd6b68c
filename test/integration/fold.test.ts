import { expect, test } from '@jest/globals';
import { withDatabase } from '../../src/testing/with-database.ts';

/** Each code point alone, beside letters and after one that it may combine with, and within blanks. */
const inputsSql = `
  select input
    from generate_series(1, 1114111) as code(point)
    cross join lateral unnest(array[chr(point), 'A' || chr(point) || 'Z', '  e' || chr(point) || U&'\\0301 ']) as input
   where point not between 55296 and 57343 and (point < 70000 or point % 97 = 0)`;

test('fold is trimmed, NFC and lower case for every character, as it was when it normalized all', async () => {
  await withDatabase(async ({ pool }) => {
    const { rows } = await pool.query<{ inputs: number; changed: number }>(`
      select count(*)::integer as inputs,
             count(*) filter (where fold(input) collate "C" is distinct from lower(normalize(btrim(input), NFC)) collate "C")::integer as changed
        from (${inputsSql}) each`);
    expect(rows[0]?.inputs).toBeGreaterThan(200_000);
    expect(rows[0]?.changed).toBe(0);
  });
});

test('fold of nothing is nothing, and of blanks the empty text', async () => {
  await withDatabase(async ({ pool }) => {
    const { rows } = await pool.query(`select fold(null) as nothing, fold('  ') as blank, fold(' ÅNGSTRÖM ') as name`);
    expect(rows).toEqual([{ nothing: null, blank: '', name: 'ångström' }]);
  });
});
