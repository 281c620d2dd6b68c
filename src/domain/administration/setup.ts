import type { OrgUnitBase } from '../entities.ts';
import type { SourceSystemOptions, SourceSystemState } from '../source-system.ts';
import type { Editor, Page, PageRequest } from './page.ts';

/** Fields whose LMS-side edits win over the SIS (rule 15). */
export interface LmsOwned {
  user: string[];
  orgUnit: string[];
}

export interface OrganizationView {
  id: number;
  code: string;
  name: string;
  lmsOwned: LmsOwned;
  version: number;
  createdAt: string;
}

/** What an administrator chose over the preset; an option that is not here is the preset's. */
export type ChosenOptions = Partial<Omit<SourceSystemOptions, 'overwrite'>> & {
  overwrite?: Partial<SourceSystemOptions['overwrite']>;
};

export interface SourceSystemView {
  id: number;
  code: string;
  name: string;
  state: SourceSystemState;
  preset: string;
  rank: number;
  options: ChosenOptions;
  effectiveOptions: SourceSystemOptions;
  reserved: boolean;
  /** Since when it has been silent for longer than its calendar allows. */
  silentSince: string | null;
  version: number;
  createdAt: string;
}

export interface OrgUnitTypeView {
  code: string;
  name: string;
  base: OrgUnitBase;
  version: number;
}

export interface RoleView {
  code: string;
  name: string;
  /** The smaller, the better. */
  rank: number;
  allSections: boolean;
  version: number;
}

/** `type` and `role` are codes of the organization's own types and roles. */
export interface OrgUnitTypeMapping {
  sisType: string;
  type: string;
}

export interface RoleMapping {
  sisRole: string;
  role: string;
}

/** A map as a whole; `version` changes with its content. */
export interface MapView<Entry> {
  items: Entry[];
  version: string;
}

/** What a change must find: absent = whatever is there. A mismatch is `conflict`. */
export interface Expected {
  version?: number | string;
}

/**
 * All calls throw GatewayError: `not_found`, `conflict` (a code that is taken, something in use, another version),
 * `busy`. An id or code of another organization is `not_found`. Absent = leave, null = clear.
 */
export interface OrganizationAdministration {
  list(page: PageRequest, only?: number): Promise<Page<OrganizationView>>;
  get(code: string): Promise<OrganizationView>;
  getById(id: number): Promise<OrganizationView>;
  create(organization: { code: string; name: string }): Promise<OrganizationView>;
  update(
    code: string,
    changes: { name?: string; lmsOwned?: Partial<LmsOwned> | null },
    expected: Expected,
    actor: string,
  ): Promise<OrganizationView>;
  /** Removes an organization with all it holds; one that is not empty only when `confirm` repeats its code. */
  remove(code: string, confirm?: string): Promise<void>;
}

export interface SourceSystemChanges {
  name?: string;
  state?: SourceSystemState;
  rank?: number;
  preset?: string;
  /** Merged option by option; null = all of them are the preset's again. */
  options?: ChosenOptions | null;
  /** Options that become the preset's again. */
  resetOptions?: readonly string[];
}

export interface SourceSystemAdministration {
  list(organizationId: number, page: PageRequest): Promise<Page<SourceSystemView>>;
  /** @param reference a code, or the number of an id */
  get(organizationId: number, reference: string): Promise<SourceSystemView>;
  create(
    editor: Editor,
    source: {
      code: string;
      name: string;
      preset: string;
      rank: number;
      state: SourceSystemState;
      options: ChosenOptions;
    },
  ): Promise<SourceSystemView>;
  update(
    editor: Editor,
    reference: string,
    changes: SourceSystemChanges,
    expected: Expected,
  ): Promise<SourceSystemView>;
}

export interface OrgUnitTypeAdministration {
  list(organizationId: number, page: PageRequest): Promise<Page<OrgUnitTypeView>>;
  get(organizationId: number, code: string): Promise<OrgUnitTypeView>;
  create(editor: Editor, type: Omit<OrgUnitTypeView, 'version'>): Promise<OrgUnitTypeView>;
  update(editor: Editor, code: string, changes: { name?: string }, expected: Expected): Promise<OrgUnitTypeView>;
  remove(editor: Editor, code: string, expected: Expected): Promise<void>;
}

export interface RoleAdministration {
  list(organizationId: number, page: PageRequest): Promise<Page<RoleView>>;
  get(organizationId: number, code: string): Promise<RoleView>;
  create(editor: Editor, role: Omit<RoleView, 'version'>): Promise<RoleView>;
  update(
    editor: Editor,
    code: string,
    changes: { name?: string; rank?: number; allSections?: boolean },
    expected: Expected,
  ): Promise<RoleView>;
  remove(editor: Editor, code: string, expected: Expected): Promise<void>;
}

/** The org unit type map or the role map of a source system. Every edit projects again what it touches. */
export interface MapAdministration<Entry> {
  get(organizationId: number, sourceSystem: string): Promise<MapView<Entry>>;
  replace(editor: Editor, sourceSystem: string, entries: readonly Entry[], expected: Expected): Promise<MapView<Entry>>;
  put(editor: Editor, sourceSystem: string, entry: Entry): Promise<Entry>;
  /** @param sis the SIS's word, compared as names are */
  remove(editor: Editor, sourceSystem: string, sis: string): Promise<void>;
}
