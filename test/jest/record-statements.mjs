import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';

/*
 * Notes the statements that tests send, those that are planned, where TEST_STATEMENTS names a folder: each once, whatever ids stand
 * in it. CI plans them on the oldest Postgres that we promise (scripts/plan-statements.ts).
 */

const folder = process.env.TEST_STATEMENTS;
mkdirSync(folder, { recursive: true });

const planned = /^\s*(?:with|select|insert|update|delete)\b/i;
const cursor = /^\s*declare \w+ (?:no scroll )?cursor for\s/i;
const seen = new Set();
const { query } = pg.Client.prototype;

pg.Client.prototype.query = function (...given) {
  const [first] = given;
  note(typeof first === 'string' ? first : first?.text);
  return query.apply(this, given);
};

function note(sent) {
  if (typeof sent !== 'string' || seen.has(sent)) return;
  seen.add(sent);
  const text = sent.replace(cursor, '');
  if (!planned.test(text)) return;
  const likeIt = text
    .replaceAll(/'[^']*'/g, (literal) => (/\d/.test(literal) ? "''" : literal))
    .replaceAll(/(?<!\$)\b\d+\b/g, '0');
  const name = createHash('sha256').update(likeIt).digest('hex').slice(0, 32);
  try {
    writeFileSync(join(folder, `${name}.sql`), text, { flag: 'wx' });
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
}
