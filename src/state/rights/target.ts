import type { GovernedBase } from '../../domain/rights.ts';

/** What a command meets: the declared row of its key, and the org units that it is about or that the membership is in. */
export interface Target {
  /** The declared fields; undefined = nothing is declared, or it was deleted. */
  readonly declared?: Readonly<Record<string, unknown>>;
  /** Of an org unit: the LMS type that its declared type is mapped to; undefined = none. */
  readonly held?: LmsType;
  /** Of an org unit: the LMS type of the type that it has if all that is stated is taken; undefined = it is not mapped. */
  readonly stated?: LmsType;
  /** Of an org unit: what it behaves like as it is, by its type or as the LMS has it. */
  readonly base?: GovernedBase;
  /** Of an org unit: the LMS has it, and it is not deleted there. */
  readonly stands: boolean;
  /** Of a person or org unit: the LMS object of other source systems that would be its own as well (docs/projection.md 4, 5). */
  readonly adopted?: Adopted;
  /** Of a section: the same of the offering that it brings by itself. */
  readonly brought?: Adopted;
  /** The org unit, under each base that it has or is to have; of a membership those that it is, or is to be, in. */
  readonly units: readonly TargetUnit[];
  /** Of a section: the offering that it is stated to be under, if the LMS has it. */
  readonly comesUnder?: Seen;
  /** Of a membership: the org units that it was declared for. */
  readonly left: readonly TargetUnit[];
  /** Of a membership: it is known what its org unit is. */
  readonly isPlaced: boolean;
  /** Of a membership: the roles of the source system, folded, that are mapped. */
  readonly mappedRoles: ReadonlySet<string>;
}

/** An LMS org unit type. */
export interface LmsType {
  readonly id: number;
  readonly base: GovernedBase;
}

export interface Adopted {
  /** As the LMS has them. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** The fields that source systems of a better rank state: they stay as they are. */
  readonly held: readonly string[];
  /** It would have other parents (an org unit), or another role (a person). */
  readonly turns: boolean;
}

export interface TargetUnit {
  readonly base: GovernedBase;
  /** As the LMS sees it; undefined = the LMS has none yet. */
  readonly seen?: Seen;
}

export interface Seen {
  readonly active: boolean;
  readonly startsAt: string | undefined;
  readonly endsAt: string | undefined;
}
