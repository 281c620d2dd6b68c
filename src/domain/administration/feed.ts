import type { LinkView, Page, PageRequest, SourceFilter } from './page.ts';

export interface ChangeView {
  /** The cursor that stands right after this change. */
  cursor: string;
  at: string;
  entity: 'user' | 'org_unit' | 'enrollment' | 'relation';
  lmsId: string;
  operation: 'created' | 'updated' | 'deleted';
  /** Of an update: the fields that differ, in both; null = not there. Of a creation or an end: null, and the whole object. */
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
  cause: ChangeCause;
  links: LinkView[];
}

export interface ChangeCause {
  reason: string;
  messageId?: string;
  /** In place of `messageId`, where several messages were applied together and the change comes of all of them. */
  messageIds?: string[];
  sourceSystem?: string;
  actor?: string;
}

export interface ChangeFilter extends SourceFilter {
  entity?: ChangeView['entity'];
  lmsId?: string;
}

/** `next` stands after all that was looked at, whether it matched or not: there is always one. */
export interface ChangePage {
  items: ChangeView[];
  next: string;
}

export interface ReprojectionView {
  id: string;
  reason: string;
  total: number;
  done: number;
  createdAt: string;
  finishedAt: string | null;
}

export interface FeedAdministration {
  /** Throws GatewayError: `invalid_request` (no cursor of ours), `cursor_expired`. `after` absent = from the beginning. */
  listChanges(organizationId: number, filter: ChangeFilter, page: PageRequest): Promise<ChangePage>;
  /** Resolves with true as soon as there is a change after the cursor, with false when the time is over. */
  waitForChange(organizationId: number, cursor: string, timeoutMs: number): Promise<boolean>;
  /** The cursor after the newest change. */
  currentCursor(organizationId: number): Promise<string>;
  listReprojections(organizationId: number, page: PageRequest): Promise<Page<ReprojectionView>>;
  getReprojection(organizationId: number, id: string): Promise<ReprojectionView>;
}
