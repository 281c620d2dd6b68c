import type { Problem } from '../domain/problem.ts';

/** How much an answer may hold of what was declared, in bytes of JSON: records are bounded by their number, and each may be large. */
export const answerBytes = 16 * 1024 * 1024;

/** What is left of the answer to one message. */
export interface AnswerBudget {
  /** False when it does not fit any more; what is smaller may still. */
  take(bytes: number): boolean;
}

export function createAnswerBudget(): AnswerBudget {
  let left = answerBytes;
  return {
    take(bytes) {
      if (bytes > left) return false;
      left -= bytes;
      return true;
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
