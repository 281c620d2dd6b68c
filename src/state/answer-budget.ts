import type { Problem } from '../domain/problem.ts';

/** How much an answer may hold of what was declared, in bytes of JSON: records are bounded by their number, and each may be large. */
export const answerBytes = 16 * 1024 * 1024;

/** What is left of the answer to one message. */
export interface AnswerBudget {
  /** In bytes; 0 once something did not fit. */
  left(): number;
  /** False when it does not fit. Nothing fits after that: what is left of the message need not be read to be refused. */
  take(bytes: number): boolean;
}

export function createAnswerBudget(): AnswerBudget {
  let left = answerBytes;
  return {
    left: () => left,
    take(bytes) {
      const fits = bytes <= left;
      left = fits ? left - bytes : 0;
      return fits;
    },
  };
}

export function tooMuch(at?: string): Problem {
  return {
    code: 'too_many_results',
    message: `The answer would hold more than ${String(answerBytes / 1024 / 1024)} MiB; ask for less at a time.`,
    ...(at === undefined ? {} : { at }),
  };
}
