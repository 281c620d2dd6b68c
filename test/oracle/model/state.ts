import type {
  AssociationFields,
  EnrollmentFields,
  OrgUnitBase,
  OrgUnitFields,
  OrgUnitWireKind,
  UserFields,
} from '../../../src/domain/entities.ts';
import { type Projection, unlinkedName } from '../projection.ts';
import type { SourceSystemOptions } from '../../../src/domain/source-system.ts';

/** A source system with its maps: folded SIS word -> code of the LMS type or role. */
export type Source = {
  code: string;
  rank: number;
  options: SourceSystemOptions;
  typeMap: Map<string, string>;
  roleMap: Map<string, string>;
};

export type LmsType = { code: string; base: OrgUnitBase };
export type LmsRole = { code: string; rank: number; allSections: boolean };

/** What a source system last said of one object. `order` is when it said so: who came first. */
export type Row<Fields> = {
  key: string;
  source: Source;
  sourcedId: string;
  fields: Fields;
  deleted: boolean;
  order: number;
};

export type UserRow = Row<UserFields>;
/** `leaving`: a run left it out; it stands, and ends later. */
export type EnrollmentRow = Row<EnrollmentFields> & { leaving?: 'active' | 'inactive' | undefined };
/** An org unit or an association; `implied` rows are placeholders and never stored. */
export type UnitRow = Row<UnitFields> & { kind: OrgUnitWireKind; implied: boolean };
export type UnitFields = Partial<OrgUnitFields> & Pick<AssociationFields, 'sections'>;

export type LmsState = 'active' | 'inactive' | 'deleted';

export type LmsUser = {
  serial: number;
  userName: string | null;
  orgDefinedId: string | null;
  role: string | null;
  fields: Record<string, unknown>;
  state: LmsState;
};

export type LmsOrgUnit = {
  serial: number;
  type: string;
  code: string;
  fields: Record<string, unknown>;
  state: LmsState;
};

export type Link<LmsObject> = { row: string; object: LmsObject; adopted: boolean };

/** Everything that projection depends on: declared state, maps and options, links, overrides. */
export type State = {
  /** In the order of their ids. */
  sources: Source[];
  types: LmsType[];
  /** In the order of their ids. */
  roles: LmsRole[];
  users: Map<string, UserRow>;
  units: Map<string, UnitRow>;
  enrollments: Map<string, EnrollmentRow>;
  userLinks: Map<string, Link<LmsUser>>;
  unitLinks: Map<string, Link<LmsOrgUnit>>;
  lmsUsers: LmsUser[];
  lmsUnits: LmsOrgUnit[];
  /** LMS object -> field -> value. */
  overrides: Map<LmsUser | LmsOrgUnit, Map<string, unknown>>;
  lmsOwned: { user: string[]; orgUnit: string[] };
  /** Keys of the org unit rows that were live after the last projection. */
  liveUnits: Set<string>;
  /** Pairs that were ever enrolled. */
  everEnrolled: Set<string>;
  /** Pairs that were ever related. */
  everRelated: Set<string>;
  /**
   * Who takes a contested code or identity depends on who came first, down to the order within one batch. Where it is
   * given, the choices of this projection are followed, as far as they are allowed.
   */
  choices: Projection | undefined;
  /** Counts the commands. */
  clock: number;
};

export function emptyState(world: Pick<State, 'sources' | 'types' | 'roles'>): State {
  return {
    ...world,
    users: new Map(),
    units: new Map(),
    enrollments: new Map(),
    userLinks: new Map(),
    unitLinks: new Map(),
    lmsUsers: [],
    lmsUnits: [],
    overrides: new Map(),
    lmsOwned: { user: [], orgUnit: [] },
    liveUnits: new Set(),
    everEnrolled: new Set(),
    everRelated: new Set(),
    choices: undefined,
    clock: 0,
  };
}

export function rowKey(source: Source, kind: string, sourcedId: string): string {
  return `${source.code}/${kind}/${sourcedId}`;
}

/** Smallest rank, then smallest source system id, then sourcedId. */
export function byRank(state: State): (a: Row<unknown>, b: Row<unknown>) => number {
  return (a, b) =>
    a.source.rank - b.source.rank ||
    state.sources.indexOf(a.source) - state.sources.indexOf(b.source) ||
    compareText(a.sourcedId, b.sourcedId);
}

/** Earlier claims first; what one section implies, by source system id and sourcedId. */
export function byOrder(state: State): (a: Row<unknown>, b: Row<unknown>) => number {
  const isChosen = (row: Row<unknown>) => Number(state.choices?.live.includes(row.key) === true);
  return (a, b) =>
    isChosen(b) - isChosen(a) ||
    a.order - b.order ||
    state.sources.indexOf(a.source) - state.sources.indexOf(b.source) ||
    compareText(a.sourcedId, b.sourcedId);
}

export function compareText(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** An LMS object is called by the rows that are linked to it. */
export function nameOf<LmsObject>(links: Map<string, Link<LmsObject>>, object: LmsObject): string {
  const linked = [...links.values()].filter((link) => link.object === object);
  if (linked.length === 0) return unlinkedName;
  return linked
    .map((link) => link.row)
    .sort()
    .join(' + ');
}

/** What the chosen projection shows of an LMS object: the view whose name has one of its links. */
export function chosenView<LmsObject, View>(
  views: Record<string, View> | undefined,
  links: Map<string, Link<LmsObject>>,
  object: LmsObject,
): View | undefined {
  const link = [...links.values()].find((one) => one.object === object);
  const named = Object.entries(views ?? {}).find(
    ([name]) => link !== undefined && name.split(' + ').includes(link.row),
  );
  return named?.[1];
}
