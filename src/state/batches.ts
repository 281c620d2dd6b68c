import { commandKey, isPairDelete } from '../domain/command.ts';
import type { Command, DeleteCommand } from '../domain/command.ts';
import { readAboutPersons } from './about-persons.ts';
import type { AboutPersons } from './about-persons.ts';
import { type Chain, continues } from './chains.ts';
import { copiedKey, isCopy } from './declare/copy.ts';
import { standsAlone } from './declare/wishes.ts';
import type { Lane, LaneSource } from './lane.ts';

interface Ordered {
  readonly command: Command;
  /** What it comes to with others of its key is enough. */
  readonly isTerse?: boolean;
}

/** Steps that are applied together. */
class Batch<Step extends Ordered> {
  readonly steps: Step[] = [];
  readonly reach: string | undefined;
  readonly #mayChain: boolean;
  readonly #keys = new Set<string>();
  readonly #written = new Set<string>();
  readonly #persons = new Set<string>();
  /** What it has of a key, where more of it may come. */
  readonly #chains = new Map<string, Chain>();
  #isOfPersonsOnly = true;

  constructor(reach: string | undefined, { options }: LaneSource) {
    this.reach = reach;
    // Rights are judged step by step, and what reaches further is seen by others.
    this.#mayChain = reach === undefined && options.withheldRights.length === 0;
  }

  /**
   * Has it a step of a key of this one that this one does not go on with? Reads of one key do not disturb each other: they stay together, and the
   * row is read once.
   */
  meets({ command, isTerse }: Step): boolean {
    const chain = isTerse === true ? this.#chains.get(commandKey(command)) : undefined;
    if (chain !== undefined && continues(chain, command)) return false;
    const taken = command.verb === 'read' ? this.#written : this.#keys;
    return keysOf(command).some((key) => taken.has(key));
  }

  /** Does nothing in it depend on this step, nor the other way round? */
  isApartFrom(step: Step, persons: ReadonlySet<string>): boolean {
    return this.#isOfPersonsOnly && ![...persons].some((person) => this.#persons.has(person)) && !this.meets(step);
  }

  add(step: Step, persons: ReadonlySet<string> | undefined): void {
    for (const key of keysOf(step.command)) {
      this.#keys.add(key);
      if (step.command.verb !== 'read') this.#written.add(key);
    }
    if (persons === undefined) this.#isOfPersonsOnly = false;
    else persons.forEach((person) => this.#persons.add(person));
    if (this.#mayChain && step.isTerse === true) this.#chain(step);
    this.steps.push(step);
  }

  #chain({ command }: Step): void {
    const key = commandKey(command);
    this.#chains.set(key, { first: this.#chains.get(key)?.first ?? command, last: command });
  }
}

/**
 * Steps of one source system in batches, in their order. A key that comes again starts the next batch, so no row meets itself, unless it is only read,
 * or goes on with what came before it (chains.ts); a command that reaches rows of other keys shares one only with its like. A delete that reaches no
 * further than the memberships and relations of a person goes before what is about other persons, to the last batch of its like: a SIS that drops and
 * adds person by person is served in two batches.
 */
export async function batches<Step extends Ordered>(
  lane: Lane,
  source: LaneSource,
  steps: readonly Step[],
): Promise<Step[][]> {
  const about = await aboutPersons(lane, source, steps);
  const all: Batch<Step>[] = [];
  const lastOf = new Map<string | undefined, number>();
  for (const step of steps) {
    const reach = reachOf(step.command, source);
    const persons = about(step.command);
    const open = openTo(step, reach, persons, all, lastOf.get(reach));
    const batch = open ?? new Batch<Step>(reach, source);
    if (open === undefined) lastOf.set(reach, all.push(batch) - 1);
    batch.add(step, persons);
  }
  return all.map((batch) => batch.steps);
}

/** The batch that a step may join: the last one, or, of a delete that goes before what is about others, the last of its like. */
function openTo<Step extends Ordered>(
  step: Step,
  reach: string | undefined,
  persons: ReadonlySet<string> | undefined,
  all: readonly Batch<Step>[],
  lastOfLike: number | undefined,
): Batch<Step> | undefined {
  if (lastOfLike === undefined || reach === alone) return undefined;
  const like = all[lastOfLike];
  if (like === undefined || like.meets(step)) return undefined;
  if (lastOfLike === all.length - 1) return like;
  if (!goesBefore(reach) || persons === undefined) return undefined;
  return all.slice(lastOfLike + 1).every((batch) => batch.isApartFrom(step, persons)) ? like : undefined;
}

/** Nothing is asked where no delete comes after something else that came after one of its like. */
async function aboutPersons(lane: Lane, source: LaneSource, steps: readonly Ordered[]): Promise<AboutPersons> {
  const commands = steps.map(({ command }) => command);
  const reaches = commands.map((command) => reachOf(command, source));
  const returns = reaches.some(
    (reach, at) => goesBefore(reach) && reach !== reaches[at - 1] && reaches.slice(0, at).includes(reach),
  );
  return returns ? readAboutPersons(lane, source, commands) : () => undefined;
}

function goesBefore(reach: string | undefined): boolean {
  return reach === 'pair' || reach === 'person';
}

/** The rows that a command writes or is made of. */
function keysOf(command: Command): string[] {
  if (command.verb === 'rename')
    return [commandKey(command), commandKey({ ...command, sourcedId: command.newSourcedId })];
  if (isCopy(command)) return [commandKey(command), commandKey(copiedKey(command))];
  // The kind of the org unit says nothing to a delete by pair: two of other sourcedIds may mean the same.
  const pair = pairOf(command);
  return pair === undefined ? [commandKey(command)] : [commandKey(command), JSON.stringify(pair)];
}

function pairOf(command: Command): [string, string] | undefined {
  if (!isPairDelete(command)) return undefined;
  const { pair } = command as DeleteCommand<'enrollment'>;
  return pair && [pair.userSourcedId, pair.orgUnit.sourcedId];
}

const alone = 'alone';

/**
 * A delete by pair, a delete that looks at its dependants or takes them along, and a rename, which its dependants follow:
 * what comes after it must not be caught by it, nor what came before be overlooked. What an org unit brings or implies may
 * meet the next one that is renamed; a person or membership brings nothing. A list finds what came before it, and
 * nothing of what comes after. A copy of a section looks at the term of its offering.
 *
 * @returns undefined for a command that reaches its own rows only; else what it may share a batch with: deletes by pair do
 *   not depend on each other, nor do renames of persons or memberships, nor deletes of one kind, but for groups, which are looked at further (`apart`).
 */
function reachOf(command: Command, source: LaneSource): string | undefined {
  if (command.verb === 'list') return alone;
  if (command.verb === 'rename')
    return command.kind === 'person' || command.kind === 'membership' ? `rename ${command.kind}` : alone;
  if (isPairDelete(command)) return 'pair';
  if (isCopy(command) && command.kind === 'section') return 'copy';
  const forgets =
    command.verb === 'delete' && command.entity !== 'enrollment' && source.options.dependants === 'forget';
  return forgets || standsAlone(command) ? command.kind : undefined;
}

/**
 * Deletes of groups that reach rows of other keys may be below one another, or take along what holds another back: one that
 * something names as its parent is a batch of its own. Others reach their memberships at most, and stay together.
 */
export async function apart<Step extends Ordered>(lane: Lane, source: LaneSource, batch: Step[]): Promise<Step[][]> {
  const [first] = batch;
  if (batch.length < 2 || first?.command.kind !== 'group' || reachOf(first.command, source) === undefined)
    return [batch];
  const named = await namedAsParents(
    lane,
    source.id,
    batch.map(({ command }) => command.sourcedId),
  );
  const parts: Step[][] = [];
  let isOpen = false;
  for (const step of batch) {
    const isNamed = named.has(step.command.sourcedId);
    if (isOpen && !isNamed) parts.at(-1)?.push(step);
    else parts.push([step]);
    isOpen = !isNamed;
  }
  return parts;
}

/** The groups that an org unit which is there, a placeholder perhaps, names as a parent. */
async function namedAsParents(lane: Lane, sourceSystemId: number, sourcedIds: readonly string[]): Promise<Set<string>> {
  const { rows } = await lane.client.query<{ sourced_id: string }>({
    name: 'declared_group_named',
    text: `select k.sourced_id
             from unnest($3::text[]) as k(sourced_id)
             cross join lateral (
               select 1
                 from (select p.sourced_id, p.kind from declared_parent p
                        where p.organization_id = $1 and p.source_system_id = $2 and p.parent_sourced_id = k.sourced_id
                          and (p.parent_kind is null or p.parent_kind = 'group') offset 0) p
                 join declared_org_unit c on c.organization_id = $1 and c.source_system_id = $2 and c.sourced_id = p.sourced_id
                  and c.kind = p.kind and not c.deleted and not c.released
                limit 1) named`,
    values: [lane.organizationId, sourceSystemId, sourcedIds],
  });
  return new Set(rows.map((row) => row.sourced_id));
}
