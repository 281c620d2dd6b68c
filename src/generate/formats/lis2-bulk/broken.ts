import type { BrokenRecord } from '../../feed.ts';
import type { Part } from '../../world/records.ts';
import { recordElement, transaction } from './transaction.ts';

const person = { name: 'Person', id: 'BROKEN' } as const;
const section = { name: 'CourseSection', id: 'BROKEN' } as const;
const membership = { name: 'Membership', id: 'BROKEN' } as const;

const member = (role: string): string =>
  `<membership><collectionSourcedId>BROKEN</collectionSourcedId><membershipIdType>courseSection</membershipIdType><member>${role}</member></membership>`;

/** Records that are right but for one thing, about nobody and nothing of the world. */
export function brokenTransactions(part: Part): readonly BrokenRecord[] {
  return made[part] ?? [];
}

const made: Partial<Record<Part, readonly BrokenRecord[]>> = {
  person: [
    {
      text: transaction(0, 'replace', person, recordElement(person, '<person/>')),
      code: 'incomplete_data',
      what: 'a person without a name',
    },
    {
      text: transaction(0, 'improve', person),
      code: 'unknown_operation',
      what: 'an operation that is none',
    },
    { text: transaction(0, 'replace', person), code: 'incomplete_data', what: 'a replace without a record' },
  ],
  section: [
    {
      text: transaction(
        0,
        'replace',
        section,
        recordElement(
          section,
          '<courseSection><title>Broken</title><timeFrame><begin>31/12/2026</begin></timeFrame></courseSection>',
        ),
      ),
      code: 'invalid_data',
      what: 'a date in the form of a country',
    },
  ],
  enrollment: [
    {
      text: transaction(
        0,
        'replace',
        membership,
        recordElement(membership, member('<personSourcedId>BROKEN</personSourcedId>')),
      ),
      code: 'incomplete_data',
      what: 'a membership without a role',
    },
    {
      text: transaction(
        0,
        'replace',
        membership,
        recordElement(
          membership,
          member(
            '<personSourcedId>BROKEN</personSourcedId><role><roleType>Learner</roleType><status>Perhaps</status></role>',
          ),
        ),
      ),
      code: 'invalid_data',
      what: 'a status of a role that is none',
    },
  ],
};
