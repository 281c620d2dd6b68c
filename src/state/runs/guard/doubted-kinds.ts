import type pg from 'pg';
import { defaultShortFilePercent, type Guards } from '../../../domain/guards.ts';
import type { WireKind } from '../../../domain/entities.ts';
import { namesNone } from '../../../domain/run.ts';
import type { LeasedRun } from '../lease.ts';
import type { PlanProgress } from '../plan/plan-batch.ts';
import { readShortKinds, type ShortKind } from './short-files.ts';
import { wasTakenBack } from './taken-back.ts';

/** Why nobody believes a file, by what came before it. */
export interface Doubts {
  readonly isTakenBack: boolean;
  /** The kinds of which a snapshot names far fewer than the last one. */
  readonly short: readonly ShortKind[];
}

/** Once for each run: what it takes the place of, and what guards hold of it, goes by the same judgement. Whoever forces it has none. */
export async function readDoubts(client: pg.ClientBase, run: LeasedRun, guards: Guards): Promise<Doubts> {
  if (run.options.force === true) return { isTakenBack: false, short: [] };
  const isTakenBack = await wasTakenBack(client, run);
  if (run.options.snapshot === undefined) return { isTakenBack, short: [] };
  return { isTakenBack, short: await readShortKinds(client, run, guards.shortFilePercent ?? defaultShortFilePercent) };
}

/**
 * Of a snapshot: the kinds of which nobody believes that it names all there is, as it names nothing, was cut off, has records that nobody can
 * read, or was taken back before. What it leaves out of them says nothing.
 */
export function doubtedKinds(
  { options: { snapshot, force } }: LeasedRun,
  { counters, nameless }: Pick<PlanProgress, 'counters' | 'nameless'>,
  { isTakenBack, short }: Doubts,
): ReadonlySet<WireKind> {
  if (snapshot === undefined) return new Set();
  const empty = snapshot.kinds.filter((kind) => namesNone(counters[kind]));
  if (force === true) return new Set(empty);
  if (isTakenBack) return new Set(snapshot.kinds);
  const lost = snapshot.kinds.filter((kind) => (nameless[kind] ?? 0) > 0);
  return new Set([...empty, ...lost, ...short.map(({ kind }) => kind)]);
}
