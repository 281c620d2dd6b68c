import { expect, test } from '@jest/globals';
import { jsonColumn, numberColumn, textColumn } from './columns.ts';

test('texts are quoted, and what ends a quotation is escaped', () => {
  expect(textColumn(['a', '', 'NULL', null, undefined, 'a,b}', String.raw`"\ `])).toBe(
    String.raw`{"a","","NULL",NULL,NULL,"a,b}","\"\\ "}`,
  );
});

test('numbers and their absence', () => {
  expect(numberColumn([1, null, 2])).toBe('{1,NULL,2}');
  expect(numberColumn([])).toBe('{}');
});

test('JSON is set apart by what it never has', () => {
  expect(jsonColumn([{ a: 'b\u001f' }, undefined, null])).toBe('{"a":"b\\u001f"}\u001f\u001fnull');
});
