import type { WireKind } from '../entities.ts';

/** One page of a list, in an order that new rows do not disturb. `next` is opaque; absent = this was the last page. */
export interface Page<Item> {
  items: Item[];
  next?: string;
}

export interface PageRequest {
  /** At most 1,000. */
  limit: number;
  /** `next` of the page before. */
  after?: string;
}

/** Who edits, and for which organization. `actor` is the label of a token or a command line; it stands in the changes. */
export interface Editor {
  readonly organizationId: number;
  readonly actor: string;
}

/** An object of a source system that an LMS object stands for. */
export interface LinkView {
  /** The code of the source system. */
  sourceSystem: string;
  sourcedId: string;
  kind: WireKind;
}

/** Which objects of which source system: a code (or the number of its id) and a sourcedId, together or alone. */
export interface SourceFilter {
  sourceSystem?: string;
  sourcedId?: string;
}
