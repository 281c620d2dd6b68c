import type {
  EnrollmentFields,
  EntityFields,
  EntityKind,
  OrgUnitWireKind,
  ParentReference,
  ParentRole,
  RelationKind,
  WireKind,
} from './entities.ts';
import type { Leaves } from './grace.ts';
import type { Problem } from './problem.ts';

interface KindOf {
  user: 'person';
  org_unit: OrgUnitWireKind;
  association: 'association';
  enrollment: 'membership';
}

interface CommandOf<E extends EntityKind> {
  entity: E;
  kind: KindOf[E];
  sourcedId: string;
  /** What translation had to overlook (a date that is not a date in an optional field...): reported as warnings. */
  notes?: Problem[];
  /** Where the record stands in its message (XML path or JSON pointer), for problems found later. */
  at?: string;
  /** What the handlers of its extension point wish of the way it is declared. */
  wishes?: Wishes;
}

/**
 * How a command is to meet what is there. Handlers do not see the state: they wish, `declare` honours it and stores the
 * result in the declared row, so that projection stays a function (rule 14).
 */
export interface Wishes {
  /** Fields that are set on creation only, beside those of the option `overwrite`; `parents` and `sections` are fields, too. */
  readonly keep?: readonly string[];
  /** Fields that stay as they are where a replace does not state them. */
  readonly leave?: readonly string[];
  /** Roles whose references stay as they are where a replace names no parent of that role. */
  readonly leaveParents?: readonly ParentRole[];
  /** Kinds of relations that nobody takes: what is stated of them is passed over, what the row has of them stays. */
  readonly leaveRelations?: readonly RelationKind[];
  /** Kinds of relations that are taken only to persons who are there; the others are left out, with a warning. */
  readonly needsAgent?: readonly RelationKind[];
  /** Kinds of relations that a delete of the other person removes for good; others come back with that person. */
  readonly forgetRelations?: readonly RelationKind[];
  /** `create`: what is not there is refused (`unknown_object`). `change`: what is there stays as it is. */
  readonly never?: 'create' | 'change';
  /** Roles of parents that it must have once it is declared, be they stated, left or added to (`incomplete_data`). */
  readonly namesParents?: readonly ParentRole[];
  /** The parent that it names in this role must be there (`unknown_object`). */
  readonly needsParent?: ParentRole;
  /**
   * Refused with `has_dependants`: `children` a delete while others name it as a parent, `association` a delete while a
   * section association names it, `moved` a change of parents while it has children.
   */
  readonly refuseWhile?: readonly RefusedWhile[];
  /** What a delete does to the LMS object; `leave`: the declared record goes, the LMS object stays. Absent: the option. */
  readonly lms?: 'inactivate' | 'delete' | 'leave';
  /** What a delete deletes with it. */
  readonly cascade?: readonly Cascade[];
  /** Keeps a history of the sections of an association. */
  readonly history?: true;
  /** Of an enrollment that a run leaves out: it stands for a while, and ends then unless it is declared again. */
  readonly leaves?: Leaves;
  /** Takes a run back: the row becomes what is stated, whatever may not be overwritten. */
  readonly restores?: true;
  /**
   * Takes a run back that was the first to link it: it is linked anew, if it comes again. `as_declared`: only if that run has made what it is linked to, or
   * linked it by declaring it, and nothing else has, as a map that came later.
   */
  readonly unlinks?: 'always' | 'as_declared';
  /** Of a read: what is not in the LMS is `unknown_object`. */
  readonly inLms?: true;
}

export type RefusedWhile = 'children' | 'association' | 'moved';
/** `dependants`: what requires it, and its enrollments; `semester`, `department`: also what names it in this role. */
export type Cascade = 'dependants' | 'semester' | 'department';

/** `replace` states the whole object: what is absent is not stated. Creates what is unknown. */
export type ReplaceCommand<E extends EntityKind = EntityKind> = {
  [K in E]: CommandOf<K> & Creation & { verb: 'replace'; fields: EntityFields[K] };
}[E];

/** A replace that is to make something new. */
interface Creation {
  /** What is there already is `id_in_use` (LIS createX); what was deleted is made again. */
  mustNotExist?: true;
  /**
   * The gateway gives the sourcedId (LIS createByProxyX); the command's own is then empty, and the outcome tells which it
   * became. The same record from the same source system within the replay window gets the same one again.
   */
  allocate?: true;
  /**
   * The sourcedId of an object of the same kind, of the same source system, whose fields are taken over; `fields` states
   * what differs, parents by their role (LIS createCourseSectionFromCourseSection). Unknown: `unknown_object`.
   */
  copyOf?: string;
}

/** `update` changes what it names: absent = leave, null = clear. Creates what is unknown, if it states enough. */
export type UpdateCommand<E extends EntityKind = EntityKind> = {
  [K in E]: CommandOf<K> & {
    verb: 'update';
    fields: Partial<EntityFields[K]>;
    /** Creates nothing and revives nothing: what is not there is `unknown_object`. */
    mustExist?: true;
    /**
     * What the lists that it states (sections, roles, relations, parents, attributes) do to those that are there: `add` puts the entries
     * in, in the place of those of the same key; `remove` takes them out. Absent: they take their place as a whole. Of the
     * parents that a course has one of (department, semester, template, offering) an added one takes the place of the former.
     */
    lists?: 'add' | 'remove';
  };
}[E];

/** Gives an object another sourcedId, also in all that this source system declared of it (LIS changeXIdentifier). */
export type RenameCommand<E extends EntityKind = EntityKind> = {
  [K in E]: CommandOf<K> & { verb: 'rename'; newSourcedId: string };
}[E];

interface DeleteOf {
  user: unknown;
  org_unit: unknown;
  association: unknown;
  enrollment: {
    /**
     * Deletes every enrollment that this source system declared for the pair, whatever its sourcedId and the kind it names
     * (rule 5). `sourcedId` is then the synthetic one of the pair, for the answer and for the order of its messages.
     */
    pair?: Pick<EnrollmentFields, 'userSourcedId' | 'orgUnit'>;
  };
}

export type DeleteCommand<E extends EntityKind = EntityKind> = {
  [K in E]: CommandOf<K> & DeleteOf[K] & { verb: 'delete'; tombstone?: Tombstone };
}[E];

/**
 * What a run was the first to declare, or brought back, and that is taken back: what the deleted row states, as it did before; nothing, where there was none.
 * Nothing else goes with such a delete. A row that is deleted keeps what it states otherwise, and by its roles its support of course offerings.
 */
export interface Tombstone {
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly kept?: readonly string[];
  readonly parents?: readonly ParentReference[];
  readonly sections?: readonly string[];
  /** It was a placeholder, and is one again as long as a section brings it. */
  readonly implied?: true;
  readonly userSourcedId?: string;
  readonly orgUnit?: EnrollmentFields['orgUnit'];
  readonly roles?: EnrollmentFields['roles'];
  readonly attributes?: EnrollmentFields['attributes'] | null;
}

/** Reads back what this source system last declared. */
export type ReadCommand<E extends EntityKind = EntityKind> = { [K in E]: CommandOf<K> & { verb: 'read' } }[E];

/**
 * Finds what this source system declared and has not deleted, by all that the filter states, in the order of the sourcedIds.
 * Its own sourcedId is empty. Placeholders are not found.
 */
export type ListCommand<E extends EntityKind = EntityKind> = {
  [K in E]: CommandOf<K> & {
    verb: 'list';
    filter: ListFilter;
    /** The records with the ids. */
    records?: true;
    /** Of the records that are not deleted, and of their ids, `size` from the `from`-th (counted from 0). */
    page?: { from: number; size: number };
    /** Of the ids, and of the records with them, the first `size` after this sourcedId; `''` = from the beginning. */
    slice?: {
      after: string;
      size: number;
      /** That of the first slice, which is told with each: what changes while somebody leafs on is found the next time. */
      savePoint?: string;
    };
  };
}[E];

export interface ListFilter {
  /** Memberships of this person, or groups in which the person is a member. */
  userSourcedId?: string;
  /** Memberships in this collection, or persons who are members of it. */
  orgUnit?: { kind: OrgUnitWireKind | null; sourcedId: string };
  /** Memberships with an entry of this role; compared folded. */
  role?: string;
  /** Org units that refer to this one in this role. */
  parent?: { role: ParentRole; sourcedId: string };
  active?: boolean;
  /** Declared or deleted, or changed in the LMS, at this save point or later (ISO 8601); deleted ones by their ids alone. */
  changedSince?: string;
  /** Texts of the record by the names of its fields, compared folded (`userName`, `email`, `code`, `attributes.label`). */
  equals?: Readonly<Record<string, string>>;
}

/** What changes the declared record of its own key. */
export type RecordCommand = ReplaceCommand | UpdateCommand | DeleteCommand;

export type WriteCommand = RecordCommand | RenameCommand;

/** The canonical, dialect-free wish of a source system. */
export type Command = WriteCommand | ReadCommand | ListCommand;

export type Verb = Command['verb'];

/** Identifies the declared row a command is about, within one source system. */
export function commandKey(command: Pick<Command, 'kind' | 'sourcedId'>): string {
  return `${command.kind} ${command.sourcedId}`;
}

/** An update that is refused where there is no row to update. */
export function mustExist(command: Command): boolean {
  return command.verb === 'update' && command.mustExist === true;
}

/** What an update does to the lists that it states; undefined = they take their place as a whole. */
export function listChange(command: Command): 'add' | 'remove' | undefined {
  return command.verb === 'update' ? command.lists : undefined;
}

/** A replace that is refused where there is a row already. */
export function mustNotExist(command: Command): boolean {
  return command.verb === 'replace' && command.mustNotExist === true;
}

export function isWrite(command: Command): command is WriteCommand {
  return command.verb !== 'read' && command.verb !== 'list';
}

/** What a deleted row is to state, where that is not what it stated last. */
export function tombstoneOf(command: Command): Tombstone | undefined {
  return command.verb === 'delete' ? command.tombstone : undefined;
}

/** Does it state fields of its record? */
export function statesFields(command: Command): command is ReplaceCommand | UpdateCommand {
  return command.verb === 'replace' || command.verb === 'update';
}

/** A delete of all that the source system declared for a person and an org unit, whatever its sourcedIds. */
export function isPairDelete(command: Command): boolean {
  return command.verb === 'delete' && command.entity === 'enrollment' && command.pair !== undefined;
}

export type { WireKind };
