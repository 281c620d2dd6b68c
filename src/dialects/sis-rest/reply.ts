import type { Verb } from '../../domain/command.ts';
import { type EntityFields, type EntityKind, entityKinds, type WireKind, wireKinds } from '../../domain/entities.ts';
import type { DeclaredRecord, Found, Outcome, OutcomeStatus } from '../../domain/outcome.ts';
import type { Problem } from '../../domain/problem.ts';
import { collections } from './rest-translation.ts';
import { encodeCursor } from './translate-list.ts';
import { maxSourcedIdLength } from '../../domain/synthetic-enrollment-id.ts';

/** An outcome as the REST door says it. Of a command that could not be read, it repeats what could. */
export interface RestOutcome {
  readonly verb: Verb | null;
  readonly entity: EntityKind | null;
  readonly kind: WireKind | null;
  readonly sourcedId: string | null;
  readonly status: OutcomeStatus;
  readonly lmsId?: string;
  /** What a read found: what this source system last declared. */
  readonly fields?: EntityFields[EntityKind];
  /** What a list found. */
  readonly sourcedIds?: readonly string[];
  readonly records?: readonly DeclaredRecord[];
  readonly savePoint?: string;
  /** Where the next page of it begins. */
  readonly next?: string;
  readonly problems: readonly Problem[];
}

export function restOutcome({
  verb,
  entity,
  kind,
  sourcedId,
  status,
  lmsId,
  record,
  found,
  problems,
}: Outcome): RestOutcome {
  const id = lmsId ?? record?.lmsId;
  return {
    verb,
    entity,
    kind,
    sourcedId,
    status,
    ...(id === undefined ? {} : { lmsId: id }),
    ...(record === undefined ? {} : { fields: record.fields }),
    ...(found === undefined ? {} : foundOf(found)),
    problems,
  };
}

function foundOf({ next, ...found }: Found): Pick<RestOutcome, 'sourcedIds' | 'records' | 'savePoint' | 'next'> {
  return { ...found, ...(next === undefined ? {} : { next: encodeCursor(next, found.savePoint) }) };
}

/** Of a command that cannot be read, what can be: its verb, entity and kind if there are such, and its sourcedId. */
export function rejectedOutcome(sent: unknown, problems: readonly Problem[]): RestOutcome {
  const { verb, entity, kind, sourcedId } = (typeof sent === 'object' ? (sent ?? {}) : {}) as Record<string, unknown>;
  return {
    verb: oneOf(verbs, verb),
    entity: oneOf(entityKinds, entity),
    kind: oneOf(wireKinds, kind),
    sourcedId: typeof sourcedId === 'string' ? sourcedId.slice(0, maxSourcedIdLength) : null,
    status: 'rejected',
    problems,
  };
}

const verbs = ['replace', 'update', 'delete', 'read', 'rename', 'list'] as const satisfies readonly Verb[];

function oneOf<T extends string>(known: readonly T[], value: unknown): T | null {
  return known.find((one) => one === value) ?? null;
}

/** Where the object of an outcome is read, changed and deleted. */
export function locationOf({ entity, kind, sourcedId }: RestOutcome): string | undefined {
  const collection = Object.entries(collections).find(([, each]) => each === entity)?.[0];
  if (collection === undefined || sourcedId === null || sourcedId === '') return undefined;
  const query = entity === 'org_unit' && kind !== null ? `?kind=${kind}` : '';
  return `/sis/v1/${collection}/${encodeURIComponent(sourcedId)}${query}`;
}

/** Where the next page of a list is; `path` with its query is that of the page before. */
export function nextOf(path: string, { next }: RestOutcome): string | undefined {
  if (next === undefined) return undefined;
  const url = new URL(path, 'http://gateway');
  url.searchParams.set('after', next);
  return url.pathname + url.search;
}

/** Puts the outcomes of the unreadable commands back at their places. */
export function weave(outcomes: readonly Outcome[], unreadable: ReadonlyMap<number, RestOutcome>): RestOutcome[] {
  const readable = outcomes.map(restOutcome).values();
  return Array.from({ length: outcomes.length + unreadable.size }, (_, index) => {
    const outcome = unreadable.get(index) ?? readable.next().value;
    if (outcome === undefined) throw new Error('there are fewer outcomes than commands');
    return outcome;
  });
}
