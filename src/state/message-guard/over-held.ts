import { mustNotExist } from '../../domain/command.ts';
import type { RecordCommand, WriteCommand } from '../../domain/command.ts';
import type { Outcome } from '../../domain/outcome.ts';
import { defer, type Lane, type LaneSource } from '../lane.ts';
import { outcomeBase } from '../standing.ts';
import { type HeldItem, isDelete, readHeld } from './held-items.ts';
import { holdCommands } from './hold-commands.ts';
import { supersede, type Superseded } from './supersede.ts';
import { readRefused } from './refused.ts';
import { type HeldOfFiles, readHeldOfFiles, supersedeOfFiles } from './supersede-of-files.ts';
import { heldBehind, leftOut } from './words.ts';

interface Coming {
  readonly command: WriteCommand;
  readonly messageId: string;
  readonly sourceSystemId: number;
  readonly guarded?: true;
  answer(outcome: Outcome): void;
}

/**
 * Any later command for its key supersedes what is held (design 4). One that states or deletes the whole takes its place. An update leaves what
 * it does not state, so it takes what is held along: that is applied before it, where the limits let it through by now; where they do not, both are
 * held. What was approved and waits to be applied comes along just so, whatever the limits. What is held, or approved, of files gives way as well; all of it also where the
 * message says nothing new. A command that is refused says nothing. Nothing is asked of a source system of which nothing is held.
 *
 * @param apply applies commands as if they had come before these
 * @returns the commands that are to be applied; the others are answered
 */
export async function overHeld<S extends Coming>(
  lane: Lane,
  source: LaneSource,
  steps: readonly S[],
  apply: (steps: readonly S[]) => Promise<void>,
): Promise<readonly S[]> {
  const { run } = source.holding;
  const coming = run === null && !source.holding.files ? [] : steps.filter(({ guarded }) => guarded === true);
  if (coming.length === 0) return steps;
  const ofFiles = source.holding.files ? await readHeldOfFiles(lane, source, coming) : [];
  const of = run === null ? nothing : await readOpen(lane, source, run, coming);
  if (ofFiles.length + of.size === 0) return steps;
  const refused = await refusedOf(lane, source, coming, of, ofFiles);
  await supersedeOfFiles(lane, ofFiles, coming, refused);
  const met = new Map(coming.flatMap((step, at) => (refused.has(at) ? [] : [[step, of.get(at) ?? []] as const])));
  const left = [...met].flatMap(([{ command, messageId }, items]) =>
    items.map((item): Superseded => ({ item, by: `message ${messageId}`, isTakenAlong: buildsOn(command, item) })),
  );
  await supersede(lane, source, left);
  const behind = await takeAlong(lane, source, met, apply);
  await holdBehind(lane, source, behind);
  return steps.filter((step) => !behind.has(step)).map((step) => freed(step, met.get(step) ?? []));
}

const nothing: ReadonlyMap<number, readonly HeldItem[]> = new Map();

/** What is held of the keys of commands, or approved and not applied. */
async function readOpen(
  lane: Lane,
  source: LaneSource,
  run: string,
  coming: readonly Coming[],
): Promise<ReadonlyMap<number, readonly HeldItem[]>> {
  const commands = coming.map(({ command }) => command);
  const { of, isOpen } = await readHeld(lane, source.id, run, commands, 'open');
  if (!isOpen) forgetRun(lane, source);
  return of;
}

/** The places of those of which nothing becomes; asked is only where anything is held. */
async function refusedOf(
  lane: Lane,
  source: LaneSource,
  coming: readonly Coming[],
  of: ReadonlyMap<number, readonly HeldItem[]>,
  ofFiles: readonly HeldOfFiles[],
): Promise<ReadonlySet<number>> {
  const met = new Set([...of.keys(), ...ofFiles.flatMap(({ at }) => at)]);
  const asked = coming.flatMap((step, at) => (met.has(at) ? [{ at, ...freed(step, of.get(at) ?? []) }] : []));
  const refused = await readRefused(
    lane,
    source,
    asked.map(({ command }) => command),
    coming[0]?.messageId ?? '',
  );
  return new Set(asked.filter(({ command }) => refused.has(command)).map(({ at }) => at));
}

/** Nothing is held any more: messages need not look. */
function forgetRun(lane: Lane, source: LaneSource): void {
  source.holding.run = null;
  defer(
    lane,
    lane.client.query({
      name: 'message_run_forget',
      text: 'update source_system set holding_run = null where organization_id = $1 and id = $2',
      values: [lane.organizationId, source.id],
    }),
  );
}

/** Applies what updates build on, one of each key after the other; answers those of which that is held again, and with what. */
async function takeAlong<S extends Coming>(
  lane: Lane,
  source: LaneSource,
  met: ReadonlyMap<S, readonly HeldItem[]>,
  apply: (steps: readonly S[]) => Promise<void>,
): Promise<ReadonlyMap<S, HeldItem>> {
  const behind = new Map<S, HeldItem>();
  const building = [...met].filter(([{ command }, items]) => items.some((item) => buildsOn(command, item)));
  for (let round = 0; building.some(([, items]) => items.length > round); round += 1) {
    const waiting: { step: S; item: HeldItem }[] = [];
    for (const [step, items] of building) {
      const item = items[round];
      if (item !== undefined && buildsOn(step.command, item)) waiting.push({ step, item });
    }
    const held = waiting.filter(({ step }) => behind.has(step));
    await holdBehind(lane, source, new Map(held.map(({ step, item }) => [asStep(step, item), item])));
    await apply(
      waiting
        .filter(({ step }) => !behind.has(step))
        .map(({ step, item }) => ({
          ...asStep(step, item),
          answer: ({ status }: Outcome) => {
            if (status === 'held') behind.set(step, item);
          },
        })),
    );
  }
  return behind;
}

function buildsOn({ verb }: WriteCommand, item: HeldItem): boolean {
  return verb === 'update' && !isDelete(item);
}

/** What is held comes again, with the message that builds on it; that one has its own answer. */
function asStep<S extends Coming>(step: S, { entity, kind, sourcedId, command, isApproved }: HeldItem): S {
  const again = { entity, kind, sourcedId, ...command } as RecordCommand;
  if (!isApproved) return { ...step, command: again, answer: () => undefined };
  const { guarded: _approved, ...rest } = step;
  return { ...rest, command: again, answer: () => undefined } as unknown as S;
}

/** Keeps updates with what they build on. */
async function holdBehind<S extends Coming>(
  lane: Lane,
  source: LaneSource,
  behind: ReadonlyMap<S, HeldItem>,
): Promise<void> {
  const { run } = source.holding;
  if (behind.size === 0 || run === null) return;
  const steps = [...behind.keys()];
  const { of } = await readHeld(
    lane,
    source.id,
    run,
    steps.map(({ command }) => command),
    'held',
  );
  const places = await holdCommands(
    lane,
    source,
    steps.map(({ command, messageId }, at) => ({
      command: command as RecordCommand,
      messageId,
      operation: 'change' as const,
      behind: of.get(at)?.at(-1)?.hold ?? 0,
    })),
  );
  steps.forEach((step, at) => {
    const { command } = step;
    const place = places[at];
    if (place === undefined) throw new Error('a held command has no hold');
    const problems = [heldBehind(command, place), ...(command.notes ?? [])];
    step.answer({ ...outcomeBase(command), status: 'held', problems });
  });
}

/** As if what was held had been declared: what was to be deleted is not there, and what has another id now is told. */
function freed<S extends Coming>(step: S, items: readonly HeldItem[]): S {
  const { command } = step;
  if (items.length === 0) return step;
  if (command.verb === 'rename')
    return { ...step, command: { ...command, notes: [...(command.notes ?? []), leftOut(command)] } };
  const last = items.at(-1);
  if (!mustNotExist(command) || last === undefined || !isDelete(last)) return step;
  const { mustNotExist: _there, ...replace } = command as Extract<RecordCommand, { verb: 'replace' }>;
  return { ...step, command: replace };
}
