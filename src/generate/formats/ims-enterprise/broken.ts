import type { BrokenRecord } from '../../feed.ts';
import type { Part } from '../../world/records.ts';
import { sourcedIdElement } from './records.ts';

const id = sourcedIdElement('BROKEN');
const name = '<name><fn>Broken Record</fn></name>';
const ofGroup = `${id}<grouptype><scheme>Luminis</scheme><typevalue level="1">Term</typevalue></grouptype>`;
const named = '<description><short>Broken</short></description>';

/** Records that are right but for one thing, about nobody and nothing of the world. */
export function brokenElements(part: Part): readonly BrokenRecord[] {
  return made[part] ?? [];
}

const made: Partial<Record<Part, readonly BrokenRecord[]>> = {
  person: [
    { text: `<person>${name}</person>`, code: 'incomplete_data', what: 'a person without a sourcedid' },
    { text: `<person>${id}</person>`, code: 'incomplete_data', what: 'a person without a name' },
    { text: `<person recstatus="9">${id}${name}</person>`, code: 'invalid_data', what: 'a recstatus that is none' },
  ],
  section: [
    {
      text: `<group>${ofGroup}${named}<timeframe><begin>31/12/2026</begin></timeframe></group>`,
      code: 'invalid_data',
      what: 'a date in the form of a country',
    },
    { text: `<group>${ofGroup}</group>`, code: 'incomplete_data', what: 'a group without a name' },
  ],
  enrollment: [
    {
      text: `<membership>${id}<member>${id}</member></membership>`,
      code: 'incomplete_data',
      what: 'a member without a role',
    },
    { text: `<membership>${id}</membership>`, code: 'incomplete_data', what: 'a membership without members' },
  ],
};
