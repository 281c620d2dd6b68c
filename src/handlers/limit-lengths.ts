import type { WriteCommand } from '../domain/command.ts';
import type { Problem } from '../domain/problem.ts';
import type { Handler } from '../pipeline/ports.ts';

/** Characters. A sourcedId may be as long as ES 1.0 allows; the rest is what people and LMSs can bear. */
const limits: Record<string, number> = {
  sourcedId: 1_024,
  code: 1_024,
  name: 512,
  userName: 256,
  orgDefinedId: 1_024,
  email: 320,
};
const otherTextLimit = 16_384;

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
  if (command.sourcedId.length > (limits.sourcedId ?? 0))
    return problemOf('sourcedId', command.sourcedId.length, limits.sourcedId ?? 0, command.at);
  if (command.verb === 'delete') return undefined;
  for (const [field, length] of lengths('', command.fields)) {
    const limit = limits[field] ?? otherTextLimit;
    if (length > limit) return problemOf(field, length, limit, command.at);
  }
  return undefined;
}

/** Every text of a record with the name of the field it is in. */
function* lengths(field: string, value: unknown): Generator<[string, number]> {
  if (typeof value === 'string') yield [field, value.length];
  else if (Array.isArray(value)) for (const item of value) yield* lengths(field, item);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) yield* lengths(key, item);
  }
}

function problemOf(field: string, length: number, limit: number, at: string | undefined): Problem {
  return {
    code: 'value_too_long',
    message: `${field} has ${String(length)} characters; at most ${String(limit)} are taken.`,
    field,
    ...(at === undefined ? {} : { at }),
  };
}
