import { statesFields } from '../../domain/command.ts';
import type { MessageGuardName } from '../../domain/guards.ts';
import { fold } from '../../domain/source-system.ts';
import type { Declaration } from '../declare/declare.ts';
import { endedBy } from '../declare/ends.ts';
import { comparedSql, endsSql, movesSql, toStated } from '../declare/enrollments.ts';
import { judgeOrgUnits } from '../declare/org-units.ts';
import { judgeUsers } from '../declare/users.ts';
import type { Lane, LaneSource } from '../lane.ts';

export interface Changing {
  readonly guards: readonly MessageGuardName[];
  /** What hangs on it ends with it; or it is an enrollment that ends, and so ends with nothing else. */
  readonly endsAlong: boolean;
}

/**
 * What commands that state fields would change, by the very judgement that declares them: what says nothing new, or makes
 * something new, changes nothing.
 */
export async function judgeStating<D extends Declaration>(
  lane: Lane,
  source: LaneSource,
  stating: readonly D[],
): Promise<ReadonlyMap<D, Changing>> {
  const found = new Map<Declaration, Changing>();
  const of = (...entities: string[]): D[] =>
    stating.filter(({ command }) => entities.includes(command.entity) && statesFields(command));
  const users = of('user');
  const orgUnits = of('org_unit', 'association');
  const judged = [
    ...(users.length === 0 ? [] : await judgeUsers(lane, source, users)),
    ...(orgUnits.length === 0 ? [] : await judgeOrgUnits(lane, source, orgUnits)),
  ];
  const ended = await endedBy(lane, source, judged);
  for (const { declaration, status, row, was } of judged) {
    if (status !== 'updated') continue;
    const guards = guardsOf(ended.has(declaration), isRenamed(was, row));
    found.set(declaration, { guards, endsAlong: ended.get(declaration) === 'map' });
  }
  for (const [declaration, { ends, moves }] of await changedEnrollments(lane, source, of('enrollment')))
    found.set(declaration, { guards: guardsOf(ends, moves), endsAlong: ends });
  return found as Map<D, Changing>;
}

interface Row {
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What ends what the LMS has is held for that first. */
function guardsOf(ends: boolean, isIdentifier: boolean): readonly MessageGuardName[] {
  return [...(ends ? ['removals' as const] : []), ...(isIdentifier ? ['identifiers' as const] : []), 'changes'];
}

function isRenamed(was: Row | undefined, next: Row | undefined): boolean {
  return identifiers.some((field) => changes(was?.fields[field], next?.fields[field]));
}

const identifiers = ['userName', 'orgDefinedId', 'code'] as const;

function changes(before: unknown, after: unknown): boolean {
  if (typeof before !== 'string') return false;
  return typeof after !== 'string' || fold(before) !== fold(after);
}

async function changedEnrollments<D extends Declaration>(
  lane: Lane,
  source: LaneSource,
  batch: readonly D[],
): Promise<readonly (readonly [D, { readonly ends: boolean; readonly moves: boolean }])[]> {
  if (batch.length === 0) return [];
  const { rows } = await lane.client.query<{ sourced_id: string; ends: boolean; moves: boolean }>({
    name: 'message_guard_enrollments',
    text: `with ${comparedSql} select sourced_id, ${endsSql} as ends, ${movesSql} as moves from compared where status = 'updated'`,
    values: [lane.organizationId, source.id, JSON.stringify(batch.map(toStated))],
  });
  const changed = new Map(rows.map((row) => [row.sourced_id, row]));
  return batch.flatMap((declaration) => {
    const row = changed.get(declaration.command.sourcedId);
    return row === undefined ? [] : [[declaration, row] as const];
  });
}
