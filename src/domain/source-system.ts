import type { OrgUnitBase } from './entities.ts';
import type { Grace } from './grace.ts';
import type { Guards } from './guards.ts';
import type { Right } from './rights.ts';
import type { RunWindows } from './run-windows.ts';
import type { Variables } from './variables.ts';
import type { ChosenLists } from './extension-points.ts';

export type SourceSystemState = 'enabled' | 'disabled' | 'validate';

/** May the SIS overwrite what exists? `no` and the fields of `keep` mean "set on creation only" (rule 14). */
export type Overwrite = 'yes' | 'no' | { keep: string[] };

/**
 * What a source system writes otherwise than its dialect means it: data, applied when its messages are translated.
 * What is not stated is taken as the dialect says.
 */
export interface Quirks {
  /** Added to every date of a course, a group or a role: -1 for a sender whose dates come a day late. */
  dateOffsetDays?: number;
  /** IANA name of the zone of dates and times that name none; without it they are UTC. */
  timeZone?: string;
  /** The zones that dates and times name are wrong: they are read as if they named none. */
  ignoreZones?: boolean;
  /** Takes the labels of courses apart, `{term} {subject}-{number}`: the part `code` becomes the code, the others attributes. */
  labelPattern?: string;
  /** A character that fills sourcedIds up to a width, and where: `0` at the `start`. Taken off everywhere. */
  trimPadding?: { character: string; side: 'start' | 'end' | 'both' };
  /** CSV files are as Excel saves them: its list separator (semicolon, tab), `sep=;`, Windows-1252. */
  excelCsv?: boolean;
}

/** The options of a source system. A preset is a set of them, so every part of a preset is an ordinary option. */
export interface SourceSystemOptions {
  /** How an existing LMS user is matched when a person first projects (rule 6). */
  identityRule: 'org_defined_id' | 'user_name';
  /** Adopt an existing LMS org unit of the same type and code instead of waiting `code_in_use`. */
  adoptOrgUnits: boolean;
  /** `wait`: declare and wait (rule 9). `reject`: refuse the record, as IPSIS does. */
  unmapped: 'wait' | 'reject';
  /** What a delete of a person does to the LMS user. */
  userDelete: 'inactivate' | 'delete';
  /** What becomes of dependants of a deleted object: they detach and revive, or are forgotten (rule 11). */
  dependants: 'detach' | 'forget';
  overwrite: { user: Overwrite; orgUnit: Overwrite };
  /** How long the same record that is to be given a sourcedId (LIS createByProxyX) gets the first one again; 0 = never. */
  replayWindowMinutes: number;
  /** A section brings its own offering under the template, semester and department it names (rule 12); null = it waits for its offering. */
  sectionBringsOffering: null | { semesterType: string; departmentType: string };
  /** What the source system may not do; it has every right that is not here. */
  withheldRights: Right[];
  quirks: Quirks;
  /** When a plan is held instead of applied. */
  guards: Guards;
  /** When runs are not applied, or only what they add. */
  windows: RunWindows;
  /** What becomes of enrollments that a run leaves out. */
  grace: Grace;
}

export interface SourceSystem {
  readonly id: number;
  readonly organizationId: number;
  readonly code: string;
  readonly name: string;
  readonly state: SourceSystemState;
  /** The smaller, the more it has to say where several source systems state a field (rule 7). */
  readonly rank: number;
  readonly options: SourceSystemOptions;
  readonly variables: Variables;
  /** Folded SIS org unit type -> what its LMS type behaves like. For warnings only: projection joins the map itself. */
  readonly orgUnitTypes: ReadonlyMap<string, OrgUnitBase>;
  /** Folded SIS role strings that are mapped, that of the lowest-ranked role first. */
  readonly roles: ReadonlySet<string>;
  /** The lists of plug-ins that were chosen for it; others are as shipped. */
  readonly lists?: ChosenLists;
}

const lis: SourceSystemOptions = {
  identityRule: 'org_defined_id',
  adoptOrgUnits: false,
  unmapped: 'wait',
  userDelete: 'inactivate',
  dependants: 'detach',
  replayWindowMinutes: 15,
  overwrite: { user: 'yes', orgUnit: 'yes' },
  sectionBringsOffering: null,
  withheldRights: [],
  quirks: {},
  guards: {},
  windows: {},
  grace: {},
};

/** Presets are data: what a kind of SIS needs, as ordinary options. */
export const presets = {
  lis,
  // IPSIS takes over what is there under the same code, by whomever it was made.
  'd2l-csv': { ...lis, adoptOrgUnits: true },
  'banner-ilp': { ...lis, sectionBringsOffering: { semesterType: 'TERM', departmentType: 'DEPARTMENT' } },
} as const satisfies Record<string, SourceSystemOptions>;

export type PresetName = keyof typeof presets;

/** A preset with the administrator's own choices laid over it. */
export function effectiveOptions(preset: string, chosen: Partial<SourceSystemOptions>): SourceSystemOptions {
  const base = preset in presets ? presets[preset as PresetName] : presets.lis;
  return { ...base, ...chosen, overwrite: { ...base.overwrite, ...chosen.overwrite } };
}

/** How names, codes, roles and types compare: NFC, case-folded, trimmed. The same as fold() in SQL. */
export function fold(value: string): string {
  return value.trim().normalize('NFC').toLowerCase();
}
