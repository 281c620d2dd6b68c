import type { RecordCommand } from '../domain/command.ts';
import { orgUnitWireKinds } from '../domain/entities.ts';
import { namesNone, type SnapshotKind } from '../domain/run.ts';
import type { LeasedRun, RunDatabase } from '../state/runs/lease.ts';
import { absentPages, belowOf } from '../state/runs/plan/absent.ts';
import { stopIf } from './stop-if.ts';
import type { Planner } from './planner.ts';

/** What hangs on others goes first: enrollments before sections, sections before offerings. */
const order: readonly SnapshotKind[] = [
  'membership',
  'association',
  'section',
  'offering',
  'template',
  'group',
  'person',
];

/**
 * Of a snapshot: what was declared and is not in the files is to be removed, of the kinds and within the scope that were asked
 * for. A kind of which the files name nothing at all is left alone: a file with nothing but its header is a broken extract.
 */
export async function planAbsence(
  pool: RunDatabase,
  run: LeasedRun,
  planner: Planner,
  signal: AbortSignal,
): Promise<void> {
  const { snapshot } = run.options;
  if (snapshot === undefined) return;
  const stated = planner.progress().counters;
  const { under } = snapshot;
  const below = under === undefined ? undefined : await belowOf(pool, run, under);
  if (under !== undefined && below === undefined) {
    // A first file of its own has nobody to leave out.
    if (!orgUnitWireKinds.some((kind) => planner.named.has({ kind, sourcedId: under })))
      planner.addProblem({ severity: 'warning', problem: unknownScope(under), sourcedId: under });
    return planner.flush();
  }
  for (const kind of order.filter((each) => snapshot.kinds.includes(each))) {
    if (namesNone(stated[kind])) {
      planner.addProblem({ severity: 'warning', problem: emptyOf(kind), kind });
      continue;
    }
    for await (const sourcedIds of absentPages(pool, run, kind, below, planner.named)) {
      stopIf(signal);
      await planner.addAbsent(sourcedIds.map((sourcedId) => removal(kind, sourcedId)));
    }
  }
  await planner.flush();
}

function unknownScope(under: string): { code: 'unknown_object'; message: string } {
  const message = `The files are to be all there is below the org unit "${under}", and the source system declared none of that sourcedId: nothing was removed. Look for a typing error in the scope of the snapshot.`;
  return { code: 'unknown_object', message };
}

function emptyOf(kind: SnapshotKind): { code: 'empty_snapshot'; message: string } {
  const message = `The files are to be all there is of the kind ${kind}, and name none that can be taken: nothing of it was removed.`;
  return { code: 'empty_snapshot', message };
}

function removal(kind: SnapshotKind, sourcedId: string): RecordCommand {
  switch (kind) {
    case 'membership':
      return { entity: 'enrollment', kind, sourcedId, verb: 'delete' };
    case 'association':
      return { entity: 'association', kind, sourcedId, verb: 'delete' };
    case 'person':
      // Nobody is deleted because a file does not name them.
      return { entity: 'user', kind, sourcedId, verb: 'delete', wishes: { lms: 'inactivate' } };
    case 'group':
    case 'template':
    case 'offering':
    case 'section':
      return { entity: 'org_unit', kind, sourcedId, verb: 'delete' };
  }
}
