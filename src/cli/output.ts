/** Why a command cannot do its work, in words for the terminal: printed without a stack, exit code 1. */
export class CommandError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CommandError';
  }
}

/** Prints rows under each other in columns as wide as they need to be. */
export function table(given: readonly (readonly string[])[], indent = ''): string {
  const rows = given.map((row) => row.map(harmless));
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, width(cell));
  }
  return rows
    .map((row) => indent + row.map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - width(cell))).join('  '))
    .map((line) => line.trimEnd())
    .join('\n');
}

/** What senders chose may hold what a terminal obeys: line breaks, escape sequences, reversed writing. */
export function harmless(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** Draws rules around lines, so that they stand out among log lines. */
export function framed(lines: readonly string[]): string {
  const rule = '─'.repeat(RULE_WIDTH);
  return [rule, ...lines.map((line) => ` ${line}`.trimEnd()), rule].join('\n');
}

const RULE_WIDTH = 100;

/** Cells that a terminal needs: East Asian characters are two wide, combining marks none. */
function width(text: string): number {
  let cells = 0;
  for (const character of text.normalize('NFC')) {
    if (/\p{M}/u.test(character)) continue;
    cells += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60]/.test(character) ? 2 : 1;
  }
  return cells;
}

export type PrintOptions = { readonly json?: true };

/** Prints for people, or for programs with --json. */
export function print({ json }: PrintOptions, value: unknown, rows: readonly (readonly string[])[]): void {
  console.log(json ? JSON.stringify(value, null, 2) : table(rows));
}
