import { afterAll, expect } from '@jest/globals';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import pg from 'pg';

/*
 * Notes which named statements a test file sends, those that are prepared once a connection, where TEST_STATEMENTS names a folder:
 * scripts/check.ts compares what was sent to one server with what was sent to another.
 */

const folder = process.env.TEST_STATEMENTS;
const sent = new Set();
const { query } = pg.Client.prototype;

pg.Client.prototype.query = function (...given) {
  const [first] = given;
  if (typeof first?.name === 'string') sent.add(first.name);
  return query.apply(this, given);
};

afterAll(async () => {
  const file = relative(join(import.meta.dirname, '../..'), expect.getState().testPath);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${file.replaceAll('/', '_')}.json`), JSON.stringify({ file, sent: [...sent].sort() }));
});
