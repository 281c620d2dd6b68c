import type { Outcome } from '../domain/outcome.ts';
import { GatewayError } from '../domain/problem.ts';
import type { Gateway, Message, SourceSystem } from '../pipeline/ports.ts';
import type { RestOutcome, RestTranslation } from './rest-dialect.ts';

/** How a dialect of many records reads a message, and says what became of it. */
export interface RecordReader<O extends RestOutcome, T extends RestTranslation<O>> {
  translate(message: Message, source: SourceSystem): T;
  /** The outcomes of all records, in the order in which they were sent. */
  weave(outcomes: readonly Outcome[], translation: T): O[];
}

export interface SubmittedRecords<O> {
  readonly messageId: string;
  readonly operation: string;
  readonly outcomes: O[];
}

/**
 * Submits a message of many records: those that cannot be read get their own outcome, the others go on. A message of which
 * nothing can be read is journaled as refused, and each record of it still gets its outcome.
 */
export async function submitRecords<O extends RestOutcome, T extends RestTranslation<O>>(
  gateway: Pick<Gateway, 'submit'>,
  message: Message,
  reader: RecordReader<O, T>,
): Promise<SubmittedRecords<O>> {
  let translation: T | undefined;
  const answer = (messageId: string, outcomes: readonly Outcome[]): SubmittedRecords<O> => {
    if (translation === undefined) throw new Error('the gateway answered what it did not translate');
    return { messageId, operation: translation.operation, outcomes: reader.weave(outcomes, translation) };
  };
  try {
    const { messageId, outcomes } = await gateway.submit(message, (source) => {
      translation = reader.translate(message, source);
      refuseUnreadable(translation);
      return translation;
    });
    return answer(messageId, outcomes);
  } catch (error) {
    if (!(error instanceof NothingReadable)) throw error;
    return answer(message.id, []);
  }
}

/** Every record of the message is malformed. */
class NothingReadable extends GatewayError {}

function refuseUnreadable({ commands, unreadable }: RestTranslation<RestOutcome>): void {
  const [first] = unreadable.values();
  if (commands.length > 0 || first === undefined) return;
  const problem = first.problems[0];
  throw new NothingReadable(problem?.code ?? 'invalid_data', problem?.message ?? 'No record can be read.');
}

/** For the log line of the answer. */
export function summaryOf(outcomes: readonly RestOutcome[]): object {
  const counts: Record<string, number> = {};
  for (const { status } of outcomes) counts[status] = (counts[status] ?? 0) + 1;
  const problems = new Set(outcomes.flatMap((outcome) => outcome.problems.map(({ code }) => code)));
  return { outcomes: counts, problems: [...problems] };
}

export function refuseOddKey(key: string | undefined): void {
  if (key === undefined || /^[\x21-\x7e]{1,255}$/.test(key)) return;
  throw new GatewayError('invalid_request', 'An Idempotency-Key has 1 to 255 visible ASCII characters.', {
    field: 'Idempotency-Key',
  });
}
