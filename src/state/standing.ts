import type { Command } from '../domain/command.ts';
import type { Outcome } from '../domain/outcome.ts';
import { overfullProblem } from '../domain/entry-limits.ts';
import type { ListField } from '../domain/entry-limits.ts';
import { personNames } from '../domain/person-names.ts';
import type { Problem, ProblemCode } from '../domain/problem.ts';
import type { Declared } from './declare/declare.ts';
import { isOverfull, overfullField } from './declare/overfull.ts';
import type { Obstacle } from './declare/obstacles.ts';
import { isUnnamed, type Unnamed } from './declare/wishes.ts';
import type { Lane } from './lane.ts';

/** How a declared row stands after projection. */
export interface Standing {
  readonly live: boolean;
  readonly waitCode: string | null;
  readonly waitOn: string | null;
  /** Of a membership: a role that is not mapped, whatever it waits for. */
  readonly unmapped?: string | null;
  readonly lmsId: string | null;
  /** Of a person: why relations to others wait, and who those others are. */
  readonly relations?: readonly RelationWait[];
}

export interface RelationWait {
  readonly code: string;
  readonly on: string;
}

/** What a row can wait for, with the words for it. Closed: a new wait fails to compile until it can be said. */
const waits = {
  unmapped_role: (on) =>
    `The role "${on}" is not mapped for this source system. The record is stored and projects as soon as the role is mapped.`,
  unmapped_type: (on) =>
    `The org unit type "${on}" is not mapped for this source system. The record is stored and projects as soon as the type is mapped.`,
  waiting_for_user: (on) => `Stored; waiting for ${on}, which has not arrived or waits itself.`,
  waiting_for_agent: (on) =>
    `Stored; ${on}, who is named in a relation, has not arrived or waits. The relation projects by itself when that person does.`,
  waiting_for_org_unit: (on) => `Stored; waiting for the org unit ${on}, which has not arrived or waits itself.`,
  waiting_for_parent: (on) =>
    on === ''
      ? 'Stored; waiting for a parent: the record names none.'
      : `Stored; waiting for the parent ${on}, which has not arrived or waits itself.`,
  waiting_for_section: (on) =>
    on === ''
      ? 'Stored; waiting for a section: the association names none.'
      : `Stored; of the association's sections these have not arrived: ${on}. Each joins by itself when it is sent; the others are in.`,
  wrong_kind: (on) =>
    `Stored; what it names as ${on} is there, and is another kind of org unit. Correct the reference, or send what it means.`,
  detached: (on) =>
    `Stored; ${on} was deleted, or has another id now. This record comes back by itself when that id is sent again.`,
  ambiguous: (on) => `Stored; ${on} names several kinds of org unit. State the kind.`,
  identity_conflict: (on) =>
    `Stored; "${on}" belongs to an LMS user of another person. Free it there, or correct it here. If two persons swap theirs, send a temporary one for one of them first, then its new one.`,
  code_in_use: (on) =>
    `Stored; the code "${on}" belongs to another org unit of this type. If two org units swap theirs, send a temporary one for one of them first, then its new one.`,
  type_conflict: (on) => `Stored; the org unit exists under another type than the one "${on}" is mapped to.`,
  parent_cycle: (on) => `Stored; the org unit ${on} is its own ancestor.`,
} as const satisfies Partial<Record<ProblemCode, (on: string) => string>>;

/** The reason of a wait, for people. `live`: the row is projected all the same, as an association is with the sections it has. */
export function waitProblem(code: string, waitOn: string | null, live: boolean): Problem {
  const known = code as keyof typeof waits;
  const on = waitOn === null ? null : shortened(waitOn);
  if (known === 'waiting_for_section' && !live && on !== null && on !== '')
    return { code: known, message: noSection(on) };
  return { code: known, message: waits[known](on ?? '') };
}

/** An association may wait for thousands of sections, a person for hundreds of others: so much of them is told, an id at least. */
export const mostNamed = 1_200;

export function shortened(on: string): string {
  return on.length > mostNamed ? `${on.slice(0, mostNamed).toWellFormed()}...` : on;
}

/** What a row waits for first; and a role that is not mapped, so that nobody learns of it only when the rest has come. */
function waitProblems({ waitCode, waitOn, unmapped, live }: Standing): Problem[] {
  if (waitCode === null) return [];
  const first = waitProblem(waitCode, waitOn, live);
  return unmapped == null || waitCode === 'unmapped_role' ? [first] : [first, unmappedToo(unmapped)];
}

function unmappedToo(role: string): Problem {
  const message = `Nor is the role "${role}" mapped for this source system: until it is, it enrolls nobody, even when the rest has arrived.`;
  return { code: 'unmapped_role', message };
}

function noSection(on: string): string {
  return `Stored; none of the association's sections has arrived: ${on}. The association waits as a whole; it is made when one of them is sent.`;
}

/** The outcome of a command whose row stands like this. */
export function outcomeOf(command: Command, declared: Declared, standing: Standing | undefined): Outcome {
  const base = outcomeBase(command);
  const notes = command.notes ?? [];
  if (declared === 'unknown') {
    return command.verb === 'delete'
      ? { ...base, status: 'unchanged', problems: [...notes, nothingToDelete(command)] }
      : { ...base, status: 'rejected', problems: [nothingToUpdate(command)] };
  }
  if (declared === 'in_use') return { ...base, status: 'rejected', problems: [idInUse(command, command.sourcedId)] };
  if (declared === 'has_children' || declared === 'in_association' || declared === 'parent_missing')
    return { ...base, status: 'rejected', problems: [obstacleProblem(command, declared)] };
  if (declared === 'incomplete') return { ...base, status: 'rejected', problems: [incompleteProblem(command)] };
  if (isOverfull(declared))
    return { ...base, status: 'rejected', problems: [overfullWithOthers(overfullField(declared), command.at)] };
  if (isUnnamed(declared)) return { ...base, status: 'rejected', problems: [unnamedProblem(command, declared)] };
  if (declared === 'nameless') return { ...base, status: 'rejected', problems: [namelessProblem(command)] };
  const lmsId = standing?.lmsId == null ? {} : { lmsId: standing.lmsId };
  if (declared === 'deleted') return { ...base, status: 'deleted', problems: notes, ...lmsId };
  const wait = standing === undefined ? [] : waitProblems(standing);
  // An association whose sections have not all arrived is projected with those that have; the others wait (rule 13).
  const relations = (standing?.relations ?? []).map(relationProblem);
  const isWaiting = standing !== undefined && (!standing.live || standing.waitCode === 'waiting_for_section');
  const status = isWaiting && wait.length > 0 ? 'waiting' : declared;
  return { ...base, status, problems: [...wait, ...relations, ...notes], ...lmsId };
}

/** The person is projected; the relation is not, yet. */
export function relationProblem({ code, on }: RelationWait): Problem {
  if (code !== 'detached') return waitProblem(code, on, true);
  return {
    code,
    message: `Stored; ${shortened(on)}, who is named in a relation, was deleted, or has another id now. The relation comes back when that id is sent again.`,
  };
}

/** What every outcome repeats of its command. */
export function outcomeBase({
  entity,
  kind,
  verb,
  sourcedId,
}: Command): Pick<Outcome, 'entity' | 'kind' | 'verb' | 'sourcedId'> {
  return { entity, kind, verb, sourcedId };
}

/** A list that would grow too long, with what is there. */
export function overfullWithOthers(field: ListField, at: string | undefined): Problem {
  return overfullProblem(field, 'would have too many entries, with those that are there', at);
}

function nothingToDelete({ kind, sourcedId }: Command): Problem {
  return {
    code: 'unknown_object',
    message: `No ${kind} is known under the sourcedId "${sourcedId}"; there was nothing to delete.`,
  };
}

/** What a handler wished to be refused. */
function obstacleProblem({ kind, sourcedId, verb, at, wishes }: Command, obstacle: Obstacle): Problem {
  const what = `The ${kind} "${sourcedId}"`;
  const deed = verb === 'delete' ? 'deleted' : 'moved';
  const messages: Record<Obstacle, string> = {
    has_children: `${what} has children, so it is not ${deed}.`,
    in_association: `${what} is in a section association, so it is not deleted.`,
    parent_missing: `The ${wishes?.needsParent ?? 'parent'} that ${what.replace('The', 'the')} names is not there. Send it first.`,
  };
  const code = obstacle === 'parent_missing' ? 'unknown_object' : 'has_dependants';
  return { code, message: messages[obstacle], ...(at === undefined ? {} : { at }) };
}

function unnamedProblem({ kind, sourcedId, at }: Command, declared: Unnamed): Problem {
  const role = declared.slice('names_no_'.length);
  return {
    code: 'incomplete_data',
    message: `The course ${kind} "${sourcedId}" names no ${role}, which this organization requires. Send it with its ${role}.`,
    field: 'parents',
    ...(at === undefined ? {} : { at }),
  };
}

function nothingToUpdate({ kind, sourcedId, at, wishes }: Command): Problem {
  if (wishes?.never === 'create') {
    const message = `No ${kind} is known under the sourcedId "${sourcedId}", and this source system may create none: its list of plug-ins does without it.`;
    return { code: 'unknown_object', message, ...(at === undefined ? {} : { at }) };
  }
  return {
    code: 'unknown_object',
    message: `No ${kind} is known under the sourcedId "${sourcedId}", and an update makes none. Send it whole first (PUT, or the verb \`replace\`).`,
    ...(at === undefined ? {} : { at }),
  };
}

export function idInUse({ kind, verb, at }: Command, sourcedId: string): Problem {
  // A create takes an object that was left in the LMS over; a rename may not take its place.
  const left = verb === 'rename' ? ', or was deleted and left in the LMS, where it keeps its sourcedId' : '';
  return {
    code: 'id_in_use',
    message: `The ${kind} "${sourcedId}" is there already${left}; nothing was written.`,
    ...(at === undefined ? {} : { at }),
  };
}

/** Nothing is there that could be changed. */
export function nothingUnder({ kind, sourcedId, at }: Command): Problem {
  return {
    code: 'unknown_object',
    message: `No ${kind} is known under the sourcedId "${sourcedId}"; nothing was written.`,
    ...(at === undefined ? {} : { at }),
  };
}

function incompleteProblem({ entity, kind, sourcedId, at }: Command): Problem {
  const needed = entity === 'enrollment' ? 'the person, the org unit and a role' : 'its type';
  return {
    code: 'incomplete_data',
    message: `No ${kind} is known under the sourcedId "${sourcedId}", and this update does not state ${needed}. Send it whole.`,
    ...(at === undefined ? {} : { at }),
  };
}

function namelessProblem({ sourcedId, at }: Command): Problem {
  return {
    code: 'incomplete_data',
    message: `This update would leave the person "${sourcedId}" without any name. A person keeps at least one of ${personNames.join(', ')}.`,
    ...(at === undefined ? {} : { at }),
  };
}

/**
 * Reads how the declared users and org units of commands of one source system stand. Keys are "kind sourcedId".
 *
 * @param isTerse those of which there is nothing to tell are left out
 */
export async function readStandings(
  lane: Lane,
  sourceSystemId: number,
  commands: readonly Command[],
  isTerse = false,
): Promise<Map<string, Standing>> {
  const users = commands.filter(({ entity }) => entity === 'user');
  const units = commands.filter(({ entity }) => entity === 'org_unit' || entity === 'association');
  if (commands.length === 0) return new Map();
  const { rows } = await lane.client.query<{
    key: string;
    live: boolean;
    wait_code: string | null;
    wait_on: string | null;
    lms_id: string | null;
    relations: RelationWait[] | null;
  }>({
    name: 'standing_read',
    text: `
      select 'person ' || d.sourced_id as key, d.live, d.wait_code, d.wait_on, l.lms_id,
             case when d.fields ? 'relations' then (
               select jsonb_agg(w order by w.code) from (
                 select r.wait_code as code, string_agg('person ' || r.agent_sourced_id || ' (' || r.kind || ')', ', ' order by r.agent_sourced_id, r.kind) as "on"
                   from declared_relation r
                  where r.organization_id = $1 and r.source_system_id = $2 and r.sourced_id = d.sourced_id and r.wait_code is not null
                  group by r.wait_code) w) end as relations
        from unnest($3::text[]) as k(sourced_id)
        cross join lateral (
          select * from declared_user d
           where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = k.sourced_id
             and (not $6 or d.wait_code is not null or d.fields ? 'relations') limit 1) d
        left join lateral (
          select l.lms_id from link l
           where l.organization_id = $1 and l.source_system_id = $2 and l.sourced_id = k.sourced_id and l.kind = 'person' limit 1) l on true
      union all
      select d.kind || ' ' || d.sourced_id, d.live, d.wait_code, d.wait_on, l.lms_id, null
        from unnest($4::text[], $5::text[]) as k(kind, sourced_id)
        cross join lateral (
          select * from declared_org_unit d
           where d.organization_id = $1 and d.source_system_id = $2 and d.sourced_id = k.sourced_id and d.kind = k.kind
             and (not $6 or d.wait_code is not null) limit 1) d
        left join lateral (
          select l.lms_id from link l
           where l.organization_id = $1 and l.source_system_id = $2 and l.sourced_id = k.sourced_id and l.kind = k.kind limit 1) l on true`,
    values: [
      lane.organizationId,
      sourceSystemId,
      users.map(({ sourcedId }) => sourcedId),
      units.map(({ kind }) => kind),
      units.map(({ sourcedId }) => sourcedId),
      isTerse,
    ],
  });
  return new Map(
    rows.map((row) => [
      row.key,
      {
        live: row.live,
        waitCode: row.wait_code,
        waitOn: row.wait_on,
        lmsId: row.lms_id,
        relations: row.relations ?? [],
      },
    ]),
  );
}
