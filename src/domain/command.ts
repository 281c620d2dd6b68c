import type { EnrollmentFields, EntityFields, EntityKind, OrgUnitWireKind, WireKind } from './entities.ts';
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
}

/** `replace` states the whole object: what is absent is not stated. Creates what is unknown. */
export type ReplaceCommand<E extends EntityKind = EntityKind> = {
  [K in E]: CommandOf<K> & { verb: 'replace'; fields: EntityFields[K] };
}[E];

/** `update` changes what it names: absent = leave, null = clear. Creates what is unknown, if it states enough. */
export type UpdateCommand<E extends EntityKind = EntityKind> = {
  [K in E]: CommandOf<K> & {
    verb: 'update';
    fields: Partial<EntityFields[K]>;
    /** Creates nothing and revives nothing: what is not there is `unknown_object`. */
    mustExist?: true;
  };
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
  [K in E]: CommandOf<K> & DeleteOf[K] & { verb: 'delete' };
}[E];

/** Reads back what this source system last declared. */
export type ReadCommand<E extends EntityKind = EntityKind> = { [K in E]: CommandOf<K> & { verb: 'read' } }[E];

export type WriteCommand = ReplaceCommand | UpdateCommand | DeleteCommand;

/** The canonical, dialect-free wish of a source system. */
export type Command = WriteCommand | ReadCommand;

export type Verb = Command['verb'];

/** Identifies the declared row a command is about, within one source system. */
export function commandKey(command: Pick<Command, 'kind' | 'sourcedId'>): string {
  return `${command.kind} ${command.sourcedId}`;
}

/** An update that is refused where there is no row to update. */
export function mustExist(command: Command): boolean {
  return command.verb === 'update' && command.mustExist === true;
}

export function isWrite(command: Command): command is WriteCommand {
  return command.verb !== 'read';
}

/** A delete of all that the source system declared for a person and an org unit, whatever its sourcedIds. */
export function isPairDelete(command: Command): boolean {
  return command.verb === 'delete' && command.entity === 'enrollment' && command.pair !== undefined;
}

export type { WireKind };
