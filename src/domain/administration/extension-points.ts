import type { ChosenList } from '../extension-points.ts';
import type { Expected } from './setup.ts';
import type { Editor, Page, PageRequest } from './page.ts';

/** A list that somebody chose. */
export interface ChosenListView {
  point: string;
  /** null = for the organization as a whole. */
  sourceSystemId: number | null;
  chosen: ChosenList;
  changedAt: string;
  changedBy: string;
  /** Changes with its content. */
  version: string;
}

/** The version of a list that nobody chose. */
export const shippedVersion = 'shipped';

/** One change of the sections of an association. */
export interface AssociationHistoryView {
  at: string;
  messageId: string;
  added: string[];
  removed: string[];
}

/** The lists that administrators choose. What is in them is checked before: see `checkList`. */
export interface ExtensionPointAdministration {
  /** What the organization chose, and what its source systems did. */
  chosen(organizationId: number): Promise<ChosenListView[]>;
  /**
   * Chooses a list, for the organization (`sourceSystemId` null) or for a source system; null: as shipped again. Every
   * process follows. Throws GatewayError `conflict` when it is not at the expected version.
   */
  choose(
    editor: Editor,
    at: { point: string; sourceSystemId: number | null },
    chosen: ChosenList | null,
    expected: Expected,
  ): Promise<void>;
  /** The history that `association-history` keeps, newest first. */
  associationHistory(
    organizationId: number,
    sourceSystemId: number,
    sourcedId: string,
    page: PageRequest,
  ): Promise<Page<AssociationHistoryView>>;
}
