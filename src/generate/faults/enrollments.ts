import type { FeedFormat, Promised, StatedItem } from '../feed.ts';
import type { Feed } from '../feed.ts';
import { type Term, termOf } from '../world/calendar.ts';
import type { EnrollmentRecord } from '../world/records.ts';
import type { Fault } from './fault.ts';
import { enrollmentOf, flatMapped, isChosen, withItems } from './items.ts';

export const unknownReferences: Fault = {
  name: 'unknown-references',
  what: 'five enrollments of persons who never come, and five in sections that never come',
  records: (feed, format) =>
    added(feed, format, (real, index) => [
      [
        { ...real, person: `NOBODY-${index}` },
        { fault: unknownReferences.name, found: 'run', code: 'waiting_for_user', what: 'a person who never comes' },
      ],
      [
        { ...real, section: `${90_000_000 + index}.${real.semester}` },
        {
          fault: unknownReferences.name,
          found: 'run',
          code: 'waiting_for_org_unit',
          what: 'a section that never comes',
        },
      ],
    ]),
};

export const unmappedRoles: Fault = {
  name: 'unmapped-roles',
  what: 'five enrollments have a role that no map knows',
  records: (feed, format) =>
    withItems(feed, 'enrollment', (items) =>
      flatMapped(items, (item, index) => {
        const enrollment = isChosen(index) ? enrollmentOf(item.record) : undefined;
        if (enrollment === undefined || item.verb === 'delete') return [item];
        const what = 'a role that no map knows';
        const promised: Promised = { fault: unmappedRoles.name, found: 'run', code: 'unmapped_role', what };
        return [
          {
            ...item,
            record: { ...enrollment, role: 'Lighthouse Keeper' },
            promised: { ...promised, ...format.wireId(enrollment) },
          },
        ];
      }),
    ),
};

/** Beside five enrollments, some that are made of them. */
function added(
  feed: Feed,
  format: FeedFormat,
  make: (real: EnrollmentRecord, index: number) => readonly (readonly [EnrollmentRecord, Promised])[],
): Feed {
  return withItems(feed, 'enrollment', (items) =>
    flatMapped(items, (item, index) => {
      const real = isChosen(index) ? enrollmentOf(item.record) : undefined;
      if (real === undefined) return [item];
      const others = make(real, index).map(([record, promised]): StatedItem => {
        return { verb: 'state', record, promised: { ...promised, ...format.wireId(record) } };
      });
      return [item, ...others];
    }),
  );
}

/** What is left of a file that was cut to a tenth. */
const tenth = 10;

export const shrunken: Fault = {
  name: 'shrunken',
  what: 'only every tenth enrollment is there, and the feed is as well-formed as ever',
  ofSnapshots: true,
  records: (feed) =>
    withItems(feed, 'enrollment', (items) => flatMapped(items, (item, index) => (index % tenth === 0 ? [item] : []))),
  promises: () => [missed(shrunken.name, 'nine of ten enrollments are missing, which a snapshot takes for removals')],
};

export const vanishedTerm: Fault = {
  name: 'vanished-term',
  what: 'the enrollments of the first term are missing',
  ofSnapshots: true,
  records: (feed) =>
    withItems(feed, 'enrollment', (items) =>
      flatMapped(items, (item) => (enrollmentOf(item.record)?.semester === firstTerm(feed).id ? [] : [item])),
    ),
  promises: (feed) => [
    missed(
      vanishedTerm.name,
      `all enrollments of ${firstTerm(feed).name} are missing, which a snapshot takes for removals`,
    ),
  ],
};

function firstTerm({ shape }: Feed): Term {
  return termOf(shape.year, 0);
}

export const noEnrollments: Fault = {
  name: 'no-enrollments',
  what: 'there are no enrollments at all: of their file there is the header only',
  ofSnapshots: true,
  records: (feed) => withItems(feed, 'enrollment', () => []),
  promises: () => [
    {
      ...missed(
        noEnrollments.name,
        'no enrollment is named, which a snapshot takes for a broken extract: it removes none',
      ),
      code: 'empty_snapshot',
    },
  ],
};

function missed(fault: string, what: string): Promised {
  return { fault, found: 'run', code: 'held_for_approval', kind: 'membership', what };
}
