import type { Feed, FeedFormat, Promised, StatedItem } from '../feed.ts';
import type { PersonRecord } from '../world/records.ts';
import type { Fault } from './fault.ts';
import { enrollmentOf, flatMapped, isBroken, isChosen, lastChosen, personOf, withItems } from './items.ts';

export const duplicates: Fault = {
  name: 'duplicates',
  what: 'five persons are stated twice, with another e-mail address the second time; five enrollments twice alike',
  records(feed, format) {
    const said = (item: StatedItem, what: string): Promised => {
      return { fault: duplicates.name, found: 'nowhere', ...format.wireId(item.record), what };
    };
    const persons = withItems(feed, 'person', (items) =>
      flatMapped(items, (item, index) => {
        const person = personOf(item.record);
        if (person === undefined || !isChosen(index)) return [item];
        const again: StatedItem = { ...item, record: { ...person, email: `again.${person.email}` } };
        return [
          item,
          { ...again, promised: said(item, 'the same person for the second time, whose e-mail address counts') },
        ];
      }),
    );
    return withItems(persons, 'enrollment', (items) =>
      flatMapped(items, (item, index) =>
        isChosen(index) ? [item, { ...item, promised: said(item, 'the same enrollment for the second time') }] : [item],
      ),
    );
  },
};

/** What stands before the ids of persons that were renamed. */
const renamedPrefix = 'R';

export const renames: Fault = {
  name: 'renames',
  what: 'five persons come under new ids, with the user names of the old ones; their enrollments follow',
  records(feed, format) {
    const chosen = chosenPersons(feed);
    return renamed(
      feed,
      (id) => chosen.has(id),
      (record, was) => ({
        fault: renames.name,
        ...taken(format, `was ${was}: where that one is in the LMS, the user name is taken`, `was ${was}`),
        ...format.wireId(record),
      }),
    );
  },
};

export const newIds: Fault = {
  name: 'new-ids',
  what: 'every person comes under a new id, as when a SIS changes how it writes them',
  records: (feed) => renamed(feed, () => true),
  promises: (_, format) => {
    const what = 'every person has a new id';
    return [
      {
        fault: newIds.name,
        ...taken(format, `${what}; where the former ones are in the LMS, their user names are taken`, what),
        kind: 'person',
      },
    ];
  },
};

/** A person under a new id is found by the user name; where the language has none, nobody can tell who it was. */
function taken({ lacks }: FeedFormat, what: string, unnamed: string): Pick<Promised, 'found' | 'code' | 'what'> {
  if (!lacks.includes('user names')) return { found: 'run', code: 'identity_conflict', what };
  return { found: 'nowhere', what: `${unnamed}; without user names this is a new person` };
}

function renamed(
  feed: Feed,
  isMeant: (id: string) => boolean,
  promise?: (record: PersonRecord, was: string) => Promised,
): Feed {
  const now = (id: string): string => (isMeant(id) ? renamedPrefix + id : id);
  const persons = withItems(feed, 'person', (items) =>
    flatMapped(items, (item) => {
      const told = personOf(item.record);
      if (told === undefined) return [item];
      const { auditor } = told;
      const person = auditor === undefined ? told : { ...told, auditor: now(auditor) };
      if (!isMeant(person.id)) return [{ ...item, record: person }];
      const record = { ...person, id: now(person.id) };
      return [promise === undefined ? { ...item, record } : { ...item, record, promised: promise(record, person.id) }];
    }),
  );
  return withItems(persons, 'enrollment', (items) =>
    flatMapped(items, (item) => {
      const enrollment = enrollmentOf(item.record);
      return enrollment === undefined
        ? [item]
        : [{ ...item, record: { ...enrollment, person: now(enrollment.person) } }];
    }),
  );
}

function chosenPersons(feed: Feed): ReadonlySet<string> {
  const ids = new Set<string>();
  let index = 0;
  for (const item of feed.items('person')) {
    if (index === lastChosen) break;
    const person = isBroken(item) || !isChosen(index) ? undefined : personOf(item.record);
    if (person !== undefined) ids.add(person.id);
    index += 1;
  }
  return ids;
}
