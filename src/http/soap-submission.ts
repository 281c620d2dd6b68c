import { isSuccess, type Outcome } from '../domain/outcome.ts';
import { GatewayError } from '../domain/problem.ts';
import type { Gateway, Message, SourceSystem } from '../pipeline/ports.ts';
import type { SoapTranslation } from './soap-dialect.ts';

/** What became of a message: of each of its records in their order, or why it was refused as a whole. */
export type Result = readonly Outcome[] | GatewayError;

/** Hands a message to the gateway. Records that could not be read get their outcomes at their places; errors that are no refusals are thrown. */
export async function submit(
  gateway: Pick<Gateway, 'submit'>,
  message: Message,
  translate: (source: SourceSystem) => SoapTranslation,
): Promise<Result> {
  let unreadable: ReadonlyMap<number, Outcome> = new Map();
  try {
    const { outcomes } = await gateway.submit(message, (source) => {
      const translation = translate(source);
      unreadable = translation.unreadable ?? unreadable;
      refuseUnreadable(translation);
      return translation;
    });
    return weave(outcomes, unreadable);
  } catch (error) {
    if (error instanceof NothingReadable) return weave([], unreadable);
    if (error instanceof GatewayError) return error;
    throw error;
  }
}

/** Outcomes that the dialect has no words for: the gateway is at fault. */
export function failure(outcomes: readonly Outcome[]): GatewayError {
  const problem = outcomes.find((outcome) => !isSuccess(outcome))?.problems[0];
  return new GatewayError(problem?.code ?? 'internal_error', problem?.message ?? 'The message could not be processed.');
}

/** For the log. */
export function summary(result: Result): object {
  if (result instanceof GatewayError) return { outcome: 'rejected', problems: [result.code], detail: result.detail };
  const [outcome, ...others] = new Set(result.map(({ status }) => status));
  const problems = [...new Set(result.flatMap((each) => each.problems.map(({ code }) => code)))];
  return { outcome: others.length === 0 ? outcome : 'mixed', problems };
}

/** No record of the message can be read: it is journaled as refused, and each record still gets its outcome. */
class NothingReadable extends GatewayError {}

function refuseUnreadable({ commands, unreadable }: SoapTranslation): void {
  const problem = unreadable?.values().next().value?.problems[0];
  if (commands.length === 0 && problem !== undefined) throw new NothingReadable(problem.code, problem.message);
}

/** Puts the outcomes of the unreadable records back at their places. */
function weave(outcomes: readonly Outcome[], unreadable: ReadonlyMap<number, Outcome>): readonly Outcome[] {
  if (unreadable.size === 0) return outcomes;
  const readable = outcomes.values();
  return Array.from({ length: outcomes.length + unreadable.size }, (_, index) => {
    const outcome = unreadable.get(index) ?? readable.next().value;
    if (outcome === undefined) throw new Error('there are fewer outcomes than commands');
    return outcome;
  });
}
