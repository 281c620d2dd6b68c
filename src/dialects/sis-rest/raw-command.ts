import type { Verb } from '../../domain/command.ts';
import type { EntityKind, OrgUnitWireKind } from '../../domain/entities.ts';
import type { Problem } from '../../domain/problem.ts';

/** What this dialect has words for. */
export type RestVerb = Extract<Verb, 'replace' | 'update' | 'delete' | 'read' | 'rename'>;

/** What a command may say beside its verb. */
export interface Wishes {
  readonly mustNotExist?: true | undefined;
  readonly allocate?: true | undefined;
  readonly copyOf?: string | undefined;
  readonly lists?: 'add' | 'remove' | undefined;
  readonly newSourcedId?: string | undefined;
}

/** A wish as it was sent: who it is about is known, what it states is not checked yet. */
export interface RawCommand {
  readonly verb: RestVerb;
  readonly entity: EntityKind;
  readonly kind: OrgUnitWireKind | undefined;
  readonly sourcedId: string | undefined;
  readonly fields: unknown;
  readonly wishes?: Wishes;
  /** JSON pointers of the command and of its fields in the message. */
  readonly at: string;
  readonly fieldsAt: string;
}

/** What is wrong with one record; `problems` has at least one entry. */
export class RecordMistakes extends Error {
  readonly problems: readonly [Problem, ...Problem[]];

  constructor(problems: readonly [Problem, ...Problem[]]) {
    super(problems[0].message);
    this.name = 'RecordMistakes';
    this.problems = problems;
  }
}
