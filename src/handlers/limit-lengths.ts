import { statesFields } from '../domain/command.ts';
import type { WriteCommand } from '../domain/command.ts';
import { entriesOf, overfullList, overfullProblem } from '../domain/entry-limits.ts';
import type { Problem } from '../domain/problem.ts';
import type { Handler } from '../pipeline/ports.ts';

const sourcedIdLimit = 1_024;

/**
 * Bytes of UTF-8, by field. Ids, codes and names that are looked up stand in indexes, two of them in some, and Postgres
 * takes 2,704 bytes there.
 */
const limits: ReadonlyMap<string, number> = new Map([
  ['sourcedId', sourcedIdLimit],
  ['userSourcedId', sourcedIdLimit],
  ['sections', sourcedIdLimit],
  ['code', 1_024],
  ['orgDefinedId', 1_024],
  ['userName', 1_024],
  ['role', 512],
  ['type', 512],
  ['name', 2_048],
  ['email', 320],
]);
const otherTextLimit = 16_384;
/** The id of an enrollment without an id of its own is made of two others. */
const syntheticIdLimit = 2_200;

/** Refuses records with values that no LMS could hold, rather than have the database or a reader choke on them later. */
export const limitLengths: Handler = {
  name: 'limit-lengths',
  handle(batch) {
    for (const item of batch) {
      const problem = tooLong(item.command);
      if (problem !== undefined) item.refusal ??= problem;
    }
  },
};

function tooLong(command: WriteCommand): Problem | undefined {
  const idLimit = command.entity === 'enrollment' ? syntheticIdLimit : sourcedIdLimit;
  const tooLongId = tooLongFor(idLimit, 'sourcedId', command.sourcedId, command.at);
  if (tooLongId !== undefined) return tooLongId;
  if (command.verb === 'rename') return tooLongFor(idLimit, 'newSourcedId', command.newSourcedId, command.at);
  if (!statesFields(command)) return undefined;
  const fields = command.fields as Record<string, unknown>;
  const overfull = overfullList(fields);
  if (overfull !== undefined)
    return overfullProblem(overfull, `has ${String(entriesOf(fields[overfull]))} entries`, command.at);
  return tooLongText('', command.fields, command.at);
}

/** The first text of a value that is longer than the field it is in may be. Every text of every message comes by here. */
function tooLongText(field: string, value: unknown, at: string | undefined): Problem | undefined {
  if (typeof value === 'string') return tooLongFor(limits.get(field) ?? otherTextLimit, field, value, at);
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) {
    for (const entry of value as unknown[]) {
      const problem = tooLongText(field, entry, at);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }
  for (const key in value) {
    // The names of attributes are the SIS's own: none of them means the field of that name.
    const inner = field === 'attributes' ? field : key;
    const problem = tooLongText(inner, (value as Record<string, unknown>)[key], at);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** A character of a text is at most three bytes of UTF-8: most texts need not be counted. */
function tooLongFor(limit: number, field: string, text: string, at: string | undefined): Problem | undefined {
  if (text.length * 3 <= limit) return undefined;
  const length = Buffer.byteLength(text);
  return length > limit ? problemOf(field, length, limit, at) : undefined;
}

function problemOf(field: string, length: number, limit: number, at: string | undefined): Problem {
  return {
    code: 'value_too_long',
    message: `${field} has ${String(length)} bytes in UTF-8; at most ${String(limit)} are taken.`,
    field,
    ...(at === undefined ? {} : { at }),
  };
}
