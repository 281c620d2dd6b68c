import { parseInstant } from '../../formats/dates/index.ts';
import { unpadded } from '../../formats/ims/index.ts';
import * as guide from './guide-texts.ts';
import { type Row, shown } from './row.ts';

/** Users: `\ / : * ? " < > | ' , ;`. Nowhere what breaks a line, or steers: within quotes, CSV carries it. */
const illegalInUsers = /[\\/:*?"<>|',;\p{Cc}\p{Zl}\p{Zp}]/gu;
/** Org units: `: % & # * ? < > | \ " '`; in codes no commas either. */
const illegalInNames = /[:%&#*?<>|\\"'\p{Cc}\p{Zl}\p{Zp}]/gu;
const illegalInCodes = /[:%&#*?<>|\\"',\p{Cc}\p{Zl}\p{Zp}]/gu;

const maxCodeLength = 50;
const maxUserKeyLength = 256;

/** A text that must not be longer than the LMS holds it. Longer ones are refused: only codes are cut. */
export function limited(row: Row, column: string, max: number, text: string | undefined): string | undefined {
  if (text === undefined || text.length <= max) return text;
  row.refuse(
    column,
    'value_too_long',
    `${column} has ${text.length} characters; at most ${max} are taken. Shorten it.`,
  );
  return undefined;
}

/** The code of an org unit, in its own row or in one that refers to it. */
export function codeOf(row: Row, column: string): string | undefined {
  return codeIn(row, column, row.text(column), row.cell(column));
}

export function requiredCode(row: Row, column: string): string | undefined {
  return codeIn(row, column, row.required(column), row.cell(column));
}

/** `custom_code`: the parents, with a pipe between them. */
export function codesOf(row: Row, column: string): string[] {
  const text = row.text(column);
  if (text === undefined) return [];
  const codes = text.split('|').flatMap((part) => {
    const code = part.trim() === '' ? undefined : codeIn(row, column, part.trim(), part.trim());
    return code === undefined ? [] : [code];
  });
  return [...new Set(codes)];
}

/**
 * Codes are cut to 50 characters, as D2L does, wherever they stand: so that what refers to a long one finds it.
 * @param raw as it stands in the file, to see the blanks around it
 */
function codeIn(row: Row, column: string, text: string | undefined, raw: string): string | undefined {
  if (text === undefined) return undefined;
  if (hasIllegal(row, column, raw, illegalInCodes)) return undefined;
  if (raw !== text) {
    refuseBlanks(row, column);
    return undefined;
  }
  const code = unpadded(text, row.table.options.quirks.trimPadding);
  if (code.length <= maxCodeLength) return code;
  // Not through the middle of a character, and without a blank that would come to stand at the end.
  const cut = code
    .slice(0, maxCodeLength)
    .replace(/[\ud800-\udbff]$/, '')
    .trimEnd();
  row.note(
    column,
    'value_truncated',
    `${column} has ${code.length} characters and was cut to ${maxCodeLength}: ${shown(cut)}. Another code that begins with the same is taken for this one; shorten it in the SIS.`,
  );
  return cut;
}

/** What a person is known by: the org-defined id, or the user name, as the identity rule of the source system says. */
export function userKeyOf(row: Row, column: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const guideText = column === 'username' ? guide.invalidUserName : guide.invalidOrgDefinedId;
  if (hasIllegal(row, column, row.cell(column), illegalInUsers, guideText)) return undefined;
  if (row.cell(column) !== text) {
    refuseBlanks(row, column, guideText);
    return undefined;
  }
  return limited(row, column, maxUserKeyLength, text);
}

/** A key as a sourcedId: without what the sender fills ids up with. */
export function sourcedIdOf(row: Row, key: string): string {
  return unpadded(key, row.table.options.quirks.trimPadding);
}

/**
 * The name of an org unit. Characters that D2L's validation calls illegal are told and not refused: names are for people
 * (`Women's Studies`), and refer to nothing.
 */
export function nameOf(row: Row): string | undefined {
  const name = limited(row, 'name', 128, row.required('name'));
  if (name === undefined) return undefined;
  const found = illegalFound(name, illegalInNames);
  if (found !== undefined || row.cell('name') !== name) {
    const what =
      found === undefined
        ? 'blanks around it, which were left out'
        : `${found}, which D2L Standard CSV does not allow there`;
    row.note('name', 'illegal_characters', `name has ${what}.`);
  }
  return name;
}

/** 1, 0, TRUE, FALSE, in any case. The value is not repeated: it stands next to the password. */
export function flagOf(row: Row, column: string, text: string | undefined): boolean | undefined {
  const flag = text === undefined ? undefined : parseFlag(text);
  if (text !== undefined && flag === undefined)
    row.refuse(column, 'invalid_data', `${column} is neither 1 nor 0, nor TRUE nor FALSE: write one of these.`);
  return flag;
}

export function parseFlag(text: string): boolean | undefined {
  switch (text.toLowerCase()) {
    case '1':
    case 'true':
      return true;
    case '0':
    case 'false':
      return false;
    default:
      return undefined;
  }
}

/** `YYYY-MM-DD`, `YYYY-MM-DDTHH:mm:ss.SSS`: they name no zone. null = empty. */
const dateForm = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}:\d{2}\.\d{3})?$/;

export function dateOf(row: Row, column: string): string | null {
  const text = row.text(column);
  if (text === undefined) return null;
  const instant = dateForm.test(text) ? parseInstant(text, row.table.options.quirks) : undefined;
  if (instant !== undefined) return instant;
  const message = `${column} is ${shown(text)}, which is no date: write YYYY-MM-DD, or YYYY-MM-DDTHH:mm:ss.SSS.`;
  row.refuse(column, 'invalid_data', message, guide.dateFormat(column));
  return null;
}

/** A day of the calendar, `YYYY-MM-DD`. */
export function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && parseInstant(text) !== undefined;
}

function hasIllegal(row: Row, column: string, raw: string, illegal: RegExp, guideText?: string): boolean {
  const found = illegalFound(raw, illegal);
  if (found === undefined) return false;
  row.refuse(
    column,
    'illegal_characters',
    `${column} is ${shown(raw)}: it has ${found}, which may not stand there. Take it out.`,
    guideText,
  );
  return true;
}

/** The illegal characters in a text, each once, as `":" "&"`. */
function illegalFound(text: string, illegal: RegExp): string | undefined {
  const found = text.match(illegal);
  return found === null ? undefined : [...new Set(found)].map((character) => JSON.stringify(character)).join(' ');
}

function refuseBlanks(row: Row, column: string, guideText?: string): void {
  row.refuse(
    column,
    'illegal_characters',
    `${column} is ${shown(row.cell(column))}: it begins or ends with a blank, which counts as part of it. Take it out.`,
    guideText,
  );
}
