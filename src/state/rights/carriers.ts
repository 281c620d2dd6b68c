import type { WriteCommand } from '../../domain/command.ts';
import type { SourceSystemOptions } from '../../domain/source-system.ts';
import { releases } from '../declare/wishes.ts';
import { changedFields, restated } from './changed-fields.ts';
import { isIdle, isRetyped } from './judge-rights.ts';
import type { Target } from './target.ts';

/** A command, and what it meets. */
export interface Judged {
  readonly command: WriteCommand;
  readonly target: Target;
}

/** What commands do beyond the rows of their own keys; `at` = the place of the command among those that were asked about. */
export interface Carriers {
  /** Org units that leave the LMS, and whether their dependants are tombstoned or wait. */
  readonly going: (Unit & { forgets: boolean })[];
  /** Org units whose parents change: without the one that they require, or above themselves, they leave the LMS. */
  readonly moving: (Unit & { parents: unknown })[];
  /** Persons who go. */
  readonly leaving: (Sourced & { forgets: boolean })[];
  /** Persons who get another sourcedId: what names it is theirs from now on. */
  readonly arriving: Sourced[];
  /** Sections that a section association takes or lets go. */
  readonly combining: (Sourced & { association: string; joins: boolean })[];
  /** Org units that come to be there, or are there no longer: references with their sourcedId may mean others. */
  readonly turning: (Unit & { comes: boolean })[];
}

interface Sourced {
  readonly at: number;
  readonly sourcedId: string;
}

interface Unit extends Sourced {
  readonly kind: string;
}

/** @returns undefined where no command does anything beyond its own row */
export function carriersOf(judged: readonly Judged[], options: SourceSystemOptions): Carriers | undefined {
  const carriers: Carriers = { going: [], moving: [], leaving: [], arriving: [], combining: [], turning: [] };
  judged.forEach((each, at) => {
    if (!isIdle(each.command, each.target)) add(carriers, each, at, options);
  });
  return (Object.values(carriers) as unknown[][]).some((all) => all.length > 0) ? carriers : undefined;
}

function add(carriers: Carriers, judged: Judged, at: number, options: SourceSystemOptions): void {
  const { command, target } = judged;
  const { entity, kind, sourcedId } = command;
  if (entity === 'enrollment') return;
  if (command.verb === 'delete') {
    if (target.declared !== undefined) addDelete(carriers, judged, at, options);
  } else if (command.verb === 'rename') {
    const sourced = { at, sourcedId: command.newSourcedId };
    if (target.declared === undefined || command.newSourcedId === sourcedId) return;
    if (entity === 'user') carriers.arriving.push(sourced);
    else carriers.turning.push({ ...sourced, kind, comes: true });
  } else if (entity !== 'user') addStated(carriers, judged, at, options);
}

function addDelete(carriers: Carriers, { command, target }: Judged, at: number, options: SourceSystemOptions): void {
  const { entity, kind, sourcedId, wishes } = command;
  const forgets = wishes?.cascade !== undefined || options.dependants === 'forget';
  // What the LMS keeps loses nothing there, unless messages go with it.
  if (releases(command) && !forgets) return;
  if (entity === 'user') {
    carriers.leaving.push({ at, sourcedId, forgets });
    return;
  }
  carriers.going.push({ at, kind, sourcedId, forgets });
  carriers.turning.push({ at, kind, sourcedId, comes: false });
  combine(carriers, at, sourcedId, sectionsOf(target.declared), []);
}

function addStated(carriers: Carriers, { command, target }: Judged, at: number, options: SourceSystemOptions): void {
  const { kind, sourcedId } = command;
  const next = restated(command, target, options);
  combine(carriers, at, sourcedId, sectionsOf(target.declared), sectionsOf(next));
  if (target.declared === undefined) {
    carriers.turning.push({ at, kind, sourcedId, comes: true });
  } else if (!target.stands) {
    return;
  } else if (isRetyped(command, target, options)) {
    carriers.going.push({ at, kind, sourcedId, forgets: false });
  } else if (changedFields(command, target, options).includes('parents')) {
    carriers.moving.push({ at, kind, sourcedId, parents: next?.parents ?? [] });
  }
}

function combine(
  { combining }: Carriers,
  at: number,
  association: string,
  before: readonly string[],
  after: readonly string[],
): void {
  const [was, is] = [new Set(before), new Set(after)];
  for (const sourcedId of is) if (!was.has(sourcedId)) combining.push({ at, association, sourcedId, joins: true });
  for (const sourcedId of was) if (!is.has(sourcedId)) combining.push({ at, association, sourcedId, joins: false });
}

function sectionsOf(fields: Readonly<Record<string, unknown>> | undefined): readonly string[] {
  return (fields?.sections ?? []) as readonly string[];
}
