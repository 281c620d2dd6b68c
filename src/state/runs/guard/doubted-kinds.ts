import type pg from 'pg';
import { defaultShortFilePercent, type Guards } from '../../../domain/guards.ts';
import type { WireKind } from '../../../domain/entities.ts';
import { namesNone } from '../../../domain/run.ts';
import type { LeasedRun } from '../lease.ts';
import type { PlanProgress } from '../plan/plan-batch.ts';
import { readShortKinds } from './short-files.ts';
import { wasTakenBack } from './taken-back.ts';

/**
 * Of a snapshot: the kinds of which nobody believes that it names all there is, as it names nothing, was cut off, has records that nobody can
 * read, or was taken back before. What it leaves out of them says nothing.
 */
export async function doubtedKinds(
  client: pg.ClientBase,
  run: LeasedRun,
  guards: Guards,
  { counters, nameless }: Pick<PlanProgress, 'counters' | 'nameless'>,
): Promise<ReadonlySet<WireKind>> {
  const { snapshot, force } = run.options;
  if (snapshot === undefined) return new Set();
  const empty = snapshot.kinds.filter((kind) => namesNone(counters[kind]));
  if (force === true) return new Set(empty);
  if (await wasTakenBack(client, run)) return new Set(snapshot.kinds);
  const lost = snapshot.kinds.filter((kind) => (nameless[kind] ?? 0) > 0);
  const short = await readShortKinds(client, run, guards.shortFilePercent ?? defaultShortFilePercent);
  return new Set([...empty, ...lost, ...short.map(({ kind }) => kind)]);
}
