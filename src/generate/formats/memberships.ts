import type { BrokenRecord, Feed, Piece, StatedItem } from '../feed.ts';
import type { EnrollmentRecord } from '../world/records.ts';
import { brokenPiece } from './broken-piece.ts';

/** How a language that puts the members of a section into one element writes it; neither has a line end. */
export interface MembershipWords {
  readonly begin: (section: string) => string;
  readonly member: (record: EnrollmentRecord, verb: StatedItem['verb']) => string;
}

/** The members of a section stand together in one membership, a line each. What is broken stands between memberships. */
export function* membershipsOf(
  feed: Feed,
  broken: readonly BrokenRecord[],
  { begin, member }: MembershipWords,
): Generator<Piece> {
  let open: string | undefined;
  for (const item of feed.items('enrollment')) {
    const record = 'broken' in item ? undefined : item.record;
    const section = record?.part === 'enrollment' ? record.section : undefined;
    if (section !== open) {
      if (open !== undefined) yield { text: '</membership>\n' };
      if (section !== undefined) yield { text: `${begin(section)}\n` };
      open = section;
    }
    if ('broken' in item) yield brokenPiece(broken, item.broken);
    else if (item.record.part === 'enrollment')
      yield { text: `${member(item.record, item.verb)}\n`, promised: item.promised };
  }
  if (open !== undefined) yield { text: '</membership>\n' };
}
