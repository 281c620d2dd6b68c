import { isDeepStrictEqual } from 'node:util';
import type { Relation } from '../../../src/domain/entities.ts';
import type { ProblemCode } from '../../../src/domain/problem.ts';
import type { RelationView } from '../projection.ts';
import { type LmsUser, nameOf, rowKey, type Source, type State, type UserRow } from './state.ts';
import type { SettledUsers } from './users.ts';

/** What the relations that people state reach, and what they wait for (projection.md, 11). */
export function projectRelations(
  state: State,
  users: SettledUsers,
): { views: Record<string, RelationView>; waits: Map<string, ProblemCode> } {
  const standing = new Set<string>();
  const waits = new Map<string, ProblemCode>();
  for (const row of state.users.values()) {
    for (const relation of row.fields.relations ?? []) {
      const reached = reach(state, users, row, relation);
      if ('agent' in reached) standing.add(JSON.stringify([reached.user.serial, relation.kind, reached.agent.serial]));
      else if (reached.wait !== undefined) waits.set(`${row.key} ${relation.kind} ${relation.sourcedId}`, reached.wait);
    }
  }
  for (const one of standing) state.everRelated.add(one);
  const views = [...state.everRelated].map((one): [string, RelationView] => {
    const [user, kind, agent] = JSON.parse(one) as [number, string, number];
    const called = (serial: number) => nameOf(state.userLinks, state.lmsUsers[serial - 1]!);
    return [`${called(user)} has ${kind} ${called(agent)}`, { ended: !standing.has(one) }];
  });
  return { views: Object.fromEntries(views), waits };
}

type Reach = { user: LmsUser; agent: LmsUser } | { wait?: ProblemCode };

function reach(state: State, { live }: SettledUsers, row: UserRow, { sourcedId }: Relation): Reach {
  if (!live.has(row) || sourcedId === row.sourcedId) return {};
  const agent = state.users.get(rowKey(row.source, 'person', sourcedId));
  if (agent === undefined || !live.has(agent)) {
    return { wait: agent?.deleted === true ? 'detached' : 'waiting_for_agent' };
  }
  return { user: state.userLinks.get(row.key)!.object, agent: state.userLinks.get(agent.key)!.object };
}

/** All rows of a source system, deleted ones too, with no relation to a person. */
export function forgetRelationsTo(state: State, source: Source, sourcedId: string): void {
  changeRelationsTo(state, source, sourcedId, (relations) => relations.filter((one) => one.sourcedId !== sourcedId));
}

/** The same, with the relations to a person naming another id; what is then there twice keeps its first place. */
export function renameRelationsTo(state: State, source: Source, from: string, to: string): void {
  changeRelationsTo(state, source, from, (relations) => {
    const next = relations.map((one) => (one.sourcedId === from ? { ...one, sourcedId: to } : one));
    return next.filter((one, index) => next.findIndex((other) => isDeepStrictEqual(one, other)) === index);
  });
}

function changeRelationsTo(
  state: State,
  source: Source,
  agent: string,
  change: (relations: Relation[]) => Relation[],
): void {
  for (const row of state.users.values()) {
    const { relations, ...others } = row.fields;
    if (row.source !== source || relations?.some(({ sourcedId }) => sourcedId === agent) !== true) continue;
    const next = change(relations);
    row.fields = next.length === 0 ? others : { ...others, relations: next };
  }
}
