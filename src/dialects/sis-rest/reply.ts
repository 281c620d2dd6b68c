import type { Verb } from '../../domain/command.ts';
import { type EntityFields, type EntityKind, entityKinds, type WireKind, wireKinds } from '../../domain/entities.ts';
import type { Outcome, OutcomeStatus } from '../../domain/outcome.ts';
import type { Problem } from '../../domain/problem.ts';
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
  readonly problems: readonly Problem[];
}

export function restOutcome({ verb, entity, kind, sourcedId, status, lmsId, record, problems }: Outcome): RestOutcome {
  const id = lmsId ?? record?.lmsId;
  return {
    verb,
    entity,
    kind,
    sourcedId,
    status,
    ...(id === undefined ? {} : { lmsId: id }),
    ...(record === undefined ? {} : { fields: record.fields }),
    problems,
  };
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

const verbs = ['replace', 'update', 'delete', 'read'] as const satisfies readonly Verb[];

function oneOf<T extends string>(known: readonly T[], value: unknown): T | null {
  return known.find((one) => one === value) ?? null;
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
