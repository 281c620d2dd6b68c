import type { Command, WriteCommand } from '../../domain/command.ts';
import type { ParentReference, ParentRole, Relation, RelationKind } from '../../domain/entities.ts';
import type { Overwrite } from '../../domain/source-system.ts';
import type { Declared } from './declare.ts';
import { keep, restate } from './restate.ts';

type Fields = Record<string, unknown>;
type Stating = Extract<WriteCommand, { verb: 'replace' | 'update' }>;

/** `restate`, with what the handlers of the command wish of what is there. */
export function restateAsWished(
  before: { fields: Fields; there: boolean } | undefined,
  { verb, wishes }: Stating,
  stated: Fields,
  overwrite: Overwrite,
  lists?: Parameters<typeof restate>[4],
): Fields {
  if (wishes?.restores === true) return restate(undefined, verb, stated, 'yes');
  const taken = withoutRelations(stated, wishes?.leaveRelations ?? []);
  const next = restate(before, verb, taken, overwrite, lists);
  if (before?.there !== true || wishes === undefined) return next;
  const left = verb === 'replace' ? (wishes.leave ?? []).filter((field) => stated[field] === undefined) : [];
  for (const field of [...(wishes.keep ?? []), ...left]) keep(before.fields, next, field);
  if (verb === 'replace' && wishes.leaveParents !== undefined)
    next.parents = withLeft(parentsOf(before.fields), parentsOf(next), wishes.leaveParents);
  if (wishes.leaveRelations !== undefined) leaveRelations(before.fields, next, wishes.leaveRelations);
  return next;
}

/** What is stated of kinds that nobody takes is not heard. */
function withoutRelations(stated: Fields, kinds: readonly RelationKind[]): Fields {
  if (kinds.length === 0 || !Array.isArray(stated.relations)) return stated;
  return { ...stated, relations: relationsOf(stated).filter(({ kind }) => !kinds.includes(kind)) };
}

function leaveRelations(before: Fields, next: Fields, kinds: readonly RelationKind[]): void {
  const left = relationsOf(before).filter(({ kind }) => kinds.includes(kind));
  if (left.length === 0) return;
  next.relations = [...relationsOf(next).filter(({ kind }) => !kinds.includes(kind)), ...left];
}

function relationsOf({ relations }: Fields): readonly Relation[] {
  return (relations ?? []) as readonly Relation[];
}

function withLeft(
  before: readonly ParentReference[],
  next: readonly ParentReference[],
  roles: readonly string[],
): ParentReference[] {
  const named = new Set(next.map(({ role }) => role));
  return [...next, ...before.filter(({ role }) => roles.includes(role) && !named.has(role))];
}

function parentsOf({ parents }: Fields): readonly ParentReference[] {
  return (parents ?? []) as readonly ParentReference[];
}

/** What becomes of a command that may not create, or may not change; undefined when nothing is in its way. */
export function neverWished({ wishes }: Command, there: boolean): Declared | undefined {
  if (wishes?.never === 'create' && !there) return 'unknown';
  return wishes?.never === 'change' && there ? 'unchanged' : undefined;
}

/** The LMS object is left alone by this delete. */
export function releases({ verb, wishes }: Command): boolean {
  return verb === 'delete' && wishes?.lms === 'leave';
}

/** Must it be applied apart, since what came before it decides what becomes of it? */
export function standsAlone({ verb, wishes }: Command): boolean {
  return verb === 'delete' && (wishes?.refuseWhile ?? wishes?.cascade ?? wishes?.forgetRelations) !== undefined;
}

/** A parent that it must name and does not, with what is left or added. */
export type Unnamed = `names_no_${ParentRole}`;

export function unnamedParent({ wishes }: Command, { parents }: Fields): Unnamed | undefined {
  const named = new Set(((parents ?? []) as readonly ParentReference[]).map(({ role }) => role));
  const role = wishes?.namesParents?.find((each) => !named.has(each));
  return role && `names_no_${role}`;
}

export function isUnnamed(declared: string): declared is Unnamed {
  return declared.startsWith('names_no_');
}
