import type { BrokenRecord } from '../../feed.ts';
import type { Part } from '../../world/records.ts';
import { branch, leaf } from '../xml-text.ts';
import { membershipStart, text } from './records.ts';

const id = leaf('sourcedId', 'BROKEN');
const named = branch('formname', text('formattedName', 'Broken Record'));
const member = (...inside: readonly string[]): string =>
  `${membershipStart('BROKEN')}${branch('members', ...inside)}</membership>`;

/** Records that are right but for one thing, about nobody and nothing of the world. */
export function brokenRecords(part: Part): readonly BrokenRecord[] {
  return made[part] ?? [];
}

const made: Partial<Record<Part, readonly BrokenRecord[]>> = {
  department: [
    { text: branch('elective', id), code: 'invalid_data', what: 'an element that is no record' },
    {
      text: branch('group', id, branch('description', leaf('shortDescription', 'Broken'))),
      code: 'incomplete_data',
      what: 'a group without a type',
    },
  ],
  section: [
    { text: branch('courseSection', id), code: 'incomplete_data', what: 'a section without a title' },
    {
      text: branch(
        'courseSection',
        id,
        text('title', 'Broken'),
        branch('timeFrame', branch('begin', leaf('date', '31/12/2026'))),
      ),
      code: 'invalid_data',
      what: 'a date in the form of a country',
    },
  ],
  person: [
    { text: branch('person', named), code: 'incomplete_data', what: 'a person without a sourcedId' },
    { text: branch('person', id), code: 'incomplete_data', what: 'a person without a name' },
  ],
  enrollment: [
    { text: member(id), code: 'incomplete_data', what: 'a member without a role' },
    {
      text: member(id, leaf('idType', 'group'), branch('role', leaf('roleType', 'Learner'))),
      code: 'invalid_data',
      what: 'a group as a member',
    },
    {
      text: member(id, branch('role', leaf('roleType', 'Learner'), leaf('status', 'Perhaps'))),
      code: 'invalid_data',
      what: 'a status of a role that is none',
    },
  ],
};
