import { statesFields } from '../../domain/command.ts';
import type { MessageGuardName } from '../../domain/guards.ts';
import { fold } from '../../domain/source-system.ts';
import type { Declaration } from '../declare/declare.ts';
import { comparedSql, toStated } from '../declare/enrollments.ts';
import { judgeOrgUnits } from '../declare/org-units.ts';
import { judgeUsers } from '../declare/users.ts';
import type { Lane, LaneSource } from '../lane.ts';

/**
 * What commands that state fields would change, by the very judgement that declares them: what says nothing new, or makes
 * something new, changes nothing.
 */
export async function judgeStating<D extends Declaration>(
  lane: Lane,
  source: LaneSource,
  stating: readonly D[],
): Promise<ReadonlyMap<D, readonly MessageGuardName[]>> {
  const found = new Map<Declaration, readonly MessageGuardName[]>();
  const of = (...entities: string[]): D[] =>
    stating.filter(({ command }) => entities.includes(command.entity) && statesFields(command));
  const users = of('user');
  if (users.length > 0)
    for (const { declaration, status, row, was } of await judgeUsers(lane, source, users))
      if (status === 'updated') found.set(declaration, guardsOf(was, row));
  const orgUnits = of('org_unit', 'association');
  if (orgUnits.length > 0)
    for (const { declaration, status, row, was } of await judgeOrgUnits(lane, source, orgUnits))
      if (status === 'updated') found.set(declaration, guardsOf(was, row));
  for (const declaration of await changedEnrollments(lane, source, of('enrollment')))
    found.set(declaration, ['changes']);
  return found as Map<D, readonly MessageGuardName[]>;
}

interface Row {
  readonly fields: Readonly<Record<string, unknown>>;
}

function guardsOf(was: Row | undefined, next: Row | undefined): readonly MessageGuardName[] {
  const isRenamed = identifiers.some((field) => changes(was?.fields[field], next?.fields[field]));
  return isRenamed ? ['identifiers', 'changes'] : ['changes'];
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
): Promise<readonly D[]> {
  if (batch.length === 0) return [];
  const { rows } = await lane.client.query<{ sourced_id: string }>({
    name: 'message_guard_enrollments',
    text: `with ${comparedSql} select sourced_id from compared where status = 'updated'`,
    values: [lane.organizationId, source.id, JSON.stringify(batch.map(toStated))],
  });
  const changed = new Set(rows.map((row) => row.sourced_id));
  return batch.filter(({ command }) => changed.has(command.sourcedId));
}
