import type pg from 'pg';
import type { Command, ListCommand, ReadCommand } from '../../domain/command.ts';
import type { Submission } from '../../domain/message.ts';
import type { Outcome } from '../../domain/outcome.ts';
import { GatewayError } from '../../domain/problem.ts';
import { isReplay } from '../access/nonces.ts';
import { type AnswerBudget, answerBytes, createAnswerBudget } from '../answer-budget.ts';
import { commit } from '../commit.ts';
import { refusalOf } from '../flush.ts';
import { takeLane } from '../lane.ts';
import type { Reading } from '../lane.ts';
import { noteHeldList, noteHeldReads, readHoldingRun } from '../message-guard/note-held.ts';
import { readDeclared } from '../read-declared.ts';
import { failureOf, sqlStateOf } from '../sql-state.ts';
import { withClient } from '../with-client.ts';
import { listDeclared, momentOf } from './list-declared.ts';

type Read = ReadCommand | ListCommand;

/** Messages with lists, of reads only: they may take long, and nobody shall wait for them. */
export function isReadApart(commands: readonly Command[]): commands is readonly Read[] {
  return (
    commands.some(({ verb }) => verb === 'list') && commands.every(({ verb }) => verb === 'list' || verb === 'read')
  );
}

/** How long a list may take before it is refused, in milliseconds. */
const patienceMs = 60_000;

/** Outcomes, and about how many bytes they hold until they are told. */
export interface Answered {
  readonly outcomes: readonly Outcome[];
  readonly bytes: number;
}

/**
 * Answers a message of reads on a snapshot of its own (repeatable read, read only), without the lane. The lane is held for a
 * moment before, to learn a save point: what the snapshot does not show is declared after it.
 *
 * @param isGuarded messages of the source system may be held, of which is told beside what is read
 * @returns undefined for a copy of an earlier message, by its nonces: whoever captured one shall not make the database read
 */
export async function readApart(
  pool: pg.Pool,
  { principal, nonces, commands, refusals }: Omit<Submission, 'commands'> & { readonly commands: readonly Read[] },
  isGuarded: boolean,
): Promise<Answered | undefined> {
  const { organizationId, sourceSystemId } = principal;
  try {
    return await withClient(pool, async (client) => {
      if (await isReplay(client, nonces)) return undefined;
      const reading: Reading = { organizationId, client };
      const savePoint = await takeSavePoint(reading);
      await openSnapshot(reading);
      const open = commands.filter((_, index) => !refusals?.has(index));
      const budget = createAnswerBudget();
      const run = isGuarded ? await readHoldingRun(reading, sourceSystemId) : null;
      const answers = await answer(reading, { id: sourceSystemId, holding: { run } }, open, savePoint, budget);
      await commit(client);
      const answered = answers.values();
      const outcomes = commands.map((_, index) => refusals?.get(index) ?? next(answered));
      return { outcomes, bytes: answerBytes - budget.left() };
    });
  } catch (error) {
    throw toRefusal(error);
  }
}

async function takeSavePoint(reading: Reading): Promise<string> {
  await takeLane(reading.client, reading.organizationId);
  const moment = await momentOf(reading);
  await commit(reading.client);
  return moment;
}

/** Plans are made for the tables as they are now: lists have no plan that would be right for all of them. */
async function openSnapshot({ client, organizationId }: Reading): Promise<void> {
  await client.query(
    `begin isolation level repeatable read read only;
     set local passerelle.organization_id = '${String(organizationId)}'; set local statement_timeout = ${String(patienceMs)};
     set local plan_cache_mode = force_custom_plan; set local jit = off; set local enable_seqscan = off; set local enable_mergejoin = off`,
  );
}

async function answer(
  reading: Reading,
  source: { readonly id: number; readonly holding: { readonly run: string | null } },
  commands: readonly Read[],
  savePoint: string,
  budget: AnswerBudget,
): Promise<Outcome[]> {
  const reads = commands.filter((command) => command.verb === 'read');
  const found = await readDeclared(reading, source.id, reads, () => budget);
  const read = (await noteHeldReads(reading, source, reads, found)).values();
  const outcomes: Outcome[] = [];
  for (const command of commands) {
    outcomes.push(
      command.verb === 'list'
        ? await noteHeldList(
            reading,
            source,
            command,
            await listDeclared(reading, source.id, command, savePoint, budget),
          )
        : next(read),
    );
  }
  return outcomes;
}

function next(outcomes: Iterator<Outcome>): Outcome {
  const result = outcomes.next();
  if (result.done === true) throw new Error('there are fewer outcomes than commands');
  return result.value;
}

const queryCanceled = '57014';

function toRefusal(error: unknown): unknown {
  if (failureOf(error) === 'record') return refusalOf(error);
  if (failureOf(error) !== 'transient') return error;
  const message =
    sqlStateOf(error) === queryCanceled
      ? `The list took longer than ${String(patienceMs / 1000)} s; ask for less at a time, or page by page.`
      : 'The database could not answer; send the message again, with a fresh nonce if it carries one.';
  return new GatewayError('busy', message, { retryAfterS: 2, cause: error });
}
