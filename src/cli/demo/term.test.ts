import { describe, expect, test } from '@jest/globals';
import { readStandardSetUp } from '../../app/standard/standard-set-up.ts';
import { envelopeOf } from './lis-messages.ts';
import { pathOf } from './paths.ts';
import { createScript } from './script.ts';
import { createTerm } from './term.ts';

describe('the demonstration term', () => {
  test('has as many people and enrollments as asked for, and is the same every time', async () => {
    const size = { people: 300, enrollments: 2_000 };
    const [first, second] = [await createTerm(size), await createTerm(size)];
    expect([first.people.length, first.enrollments.length]).toEqual([300, 2_000]);
    expect(second).toEqual(first);
  });

  test('gives everybody a user name and an e-mail address of their own, in letters that any system takes', async () => {
    const { people } = await createTerm({ people: 300, enrollments: 10 });
    expect(new Set(people.map(({ userName }) => userName)).size).toBe(300);
    for (const { userName } of people) expect(userName).toMatch(/^[a-z]+(?:-[a-z]+)*\.[a-z]+(?:-[a-z]+)*\d*$/);
  });

  test('enrolls nobody twice in one course, and gives every section a teacher', async () => {
    const { enrollments, sections } = await createTerm({ people: 300, enrollments: 2_000 });
    const template = new Map(sections.map((section) => [section.id, section.template]));
    const pairs = enrollments.map(({ person, section }) => `${person} ${template.get(section)}`);
    expect(new Set(pairs).size).toBe(pairs.length);
    const taught = new Set(enrollments.filter(({ role }) => role === 'Instructor').map(({ section }) => section));
    expect(taught.size).toBe(sections.length);
  });

  test('speaks of roles and types that the demonstration maps, except for those that are meant to wait', async () => {
    const term = await createTerm({ people: 300, enrollments: 2_000 });
    const { roleMap, orgUnitTypeMap } = await readStandardSetUp();
    const steps = createScript(term).flatMap((act) => act.steps);
    const envelopes = steps.map(({ request, version }) => envelopeOf(request, version)).join('\n');
    const words = (pattern: RegExp) => new Set([...envelopes.matchAll(pattern)].map(([, word = '']) => word));
    const unmapped = (found: Set<string>, map: object) => [...found].filter((word) => !(word in map));
    expect(unmapped(words(/<roleType>([^<]*)/g), roleMap)).toEqual(['Auditor']);
    expect(unmapped(words(/<typevalue><id>([^<]*)/g), orgUnitTypeMap)).toEqual(['CLUB']);
  });

  test('has an address for each of its messages', async () => {
    const term = await createTerm({ people: 20, enrollments: 60 });
    for (const { request } of createScript(term).flatMap((act) => act.steps)) {
      expect(pathOf(request.operation)).toMatch(/^\/d2l\/im\/ipsis\/lis\/\w+\/\w+\.svc$/);
    }
  });
});
