import type { Problem } from '../domain/problem.ts';

/** How much an answer may hold of what was declared, in bytes of JSON: records are bounded by their number, and each may be large. */
export const answerBytes = 16 * 1024 * 1024;

/** The same of all messages of a transaction: their answers are held until it has committed. */
export const answersBytes = 2 * answerBytes;

/** What is left of the answer to one message. */
export interface AnswerBudget {
  /** In bytes; 0 once something did not fit. */
  left(): number;
  /** False when it does not fit. Nothing fits after that: what is left of the message need not be read to be refused. */
  take(bytes: number): boolean;
}

export function createAnswerBudget(): AnswerBudget {
  return createAnswerBudgets()('');
}

/** The budgets of the messages of a transaction, by their ids. */
export function createAnswerBudgets(): (messageId: string) => AnswerBudget {
  const budgets = new Map<string, AnswerBudget>();
  let leftOfAll = answersBytes;
  const create = (): AnswerBudget => {
    let own = answerBytes;
    const left = (): number => Math.min(own, leftOfAll);
    return {
      left,
      take(bytes) {
        const fits = bytes <= left();
        own = fits ? own - bytes : 0;
        if (fits) leftOfAll -= bytes;
        return fits;
      },
    };
  };
  return (messageId) => {
    const known = budgets.get(messageId) ?? create();
    budgets.set(messageId, known);
    return known;
  };
}

export function tooMuch(at?: string): Problem {
  return {
    code: 'too_many_results',
    message: `The answer would hold more than ${mebibytes(answerBytes)}, or with those of messages that came at the same time more than ${mebibytes(answersBytes)}; ask for less at a time.`,
    ...(at === undefined ? {} : { at }),
  };
}

function mebibytes(bytes: number): string {
  return `${String(bytes / 1024 / 1024)} MiB`;
}
