import type { Command, ReplaceCommand } from '../../domain/command.ts';
import type { ParentReference, ParentRole } from '../../domain/entities.ts';
import type { Lane, LaneSource } from '../lane.ts';
import { readFields } from '../read-declared.ts';

type Fields = Readonly<Record<string, unknown>>;
type Key = Pick<Command, 'kind' | 'sourcedId'>;

/** A command that is to state what another row states, as far as it states nothing itself. */
export type Copy = ReplaceCommand & { copyOf: string };

export function isCopy(command: Command): command is Copy {
  return command.verb === 'replace' && command.copyOf !== undefined;
}

/** The key of the row that a copy is made of. */
export function copiedKey({ kind, copyOf }: Copy): Key {
  return { kind, sourcedId: copyOf };
}

/** The rows of which copies are made, and the offerings of sections among them, which say in which term these are. */
export async function readOriginals(
  lane: Lane,
  sourceSystemId: number,
  copies: readonly Copy[],
): Promise<Awaited<ReturnType<typeof readFields>>> {
  const originals = await readFields(lane, sourceSystemId, copies.map(copiedKey));
  const offerings = copies.flatMap((copy): Key[] => {
    const original = originals.get(`${copy.kind} ${copy.copyOf}`);
    if (copy.kind !== 'section' || original === undefined || original === 'beyond') return [];
    const sourcedId = parentOf(original.fields, 'offering');
    return sourcedId === undefined ? [] : [{ kind: 'offering', sourcedId }];
  });
  return offerings.length === 0
    ? originals
    : new Map([...(await readFields(lane, sourceSystemId, offerings)), ...originals]);
}

/**
 * What is stated differs; attributes by their names, parents by their roles. Into another term go neither the dates and the status
 * of the former one nor its offering (docs/projection.md 1).
 */
export function completeCopy(
  command: Copy,
  original: Fields,
  originals: Awaited<ReturnType<typeof readOriginals>>,
  source: LaneSource,
): Command {
  const stated = command.fields as Record<string, unknown>;
  const offering = originals.get(`offering ${parentOf(original, 'offering') ?? ''}`);
  const formerTerm =
    parentOf(original, 'semester') ??
    (offering === undefined || offering === 'beyond' ? undefined : parentOf(offering.fields, 'semester'));
  const term = parentOf(stated, 'semester');
  const isMoved = hasTerm(command) && term !== undefined && term !== formerTerm;
  const fields: Record<string, unknown> = {
    ...(isMoved ? without(original, ['startsAt', 'endsAt', 'active']) : original),
    ...Object.fromEntries(Object.entries(stated).filter(([, value]) => value !== undefined)),
  };
  if (stated.attributes != null) fields.attributes = { ...(original.attributes ?? {}), ...stated.attributes };
  if (stated.parents != null) {
    const roles = new Set(parentsOf(stated).map(({ role }) => role));
    // What a section that brings its own offering names is the course, which is of no term.
    if (isMoved && (offering !== undefined || source.options.sectionBringsOffering === null)) roles.add('offering');
    fields.parents = [...parentsOf(original).filter(({ role }) => !roles.has(role)), ...parentsOf(stated)];
  }
  return { ...command, fields } as Command;
}

function hasTerm({ kind }: Copy): boolean {
  return kind === 'offering' || kind === 'section';
}

function parentsOf({ parents }: Fields): readonly ParentReference[] {
  return (parents ?? []) as readonly ParentReference[];
}

function parentOf(fields: Fields, wanted: ParentRole): string | undefined {
  return parentsOf(fields).find(({ role }) => role === wanted)?.sourcedId;
}

function without(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
}
