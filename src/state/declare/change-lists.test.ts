import { expect, test } from '@jest/globals';
import { changeLists } from './change-lists.ts';

const learner = { role: 'Learner', active: true };
const mentor = { role: 'Mentor', subRole: 'Lead', active: true };

test('without a change of lists, lists take their place as a whole', () => {
  expect(changeLists({ roles: [learner] }, { roles: [mentor] }, undefined)).toEqual({ roles: [mentor] });
});

test('what is added stands after what is there; what has its key gives up its place', () => {
  const again = { role: ' LEARNER', active: false };
  expect(changeLists({ roles: [learner, mentor] }, { roles: [again] }, 'add')).toEqual({ roles: [again, mentor] });
  const lead = { ...mentor, subRole: 'Second' };
  expect(changeLists({ roles: [mentor] }, { roles: [lead] }, 'add')).toEqual({ roles: [mentor, lead] });
  expect(changeLists({}, { sections: ['S1', 'S2', 'S1'] }, 'add')).toEqual({ sections: ['S1', 'S2'] });
});

test('what is removed is told by its key alone', () => {
  const before = { roles: [learner, mentor], sections: ['S1', 'S2'], attributes: { campus: 'north', label: 'X' } };
  const stated = { roles: [{ ...learner, active: false }], sections: ['S2', 'S9'], attributes: { label: '' } };
  expect(changeLists(before, stated, 'remove')).toEqual({
    roles: [mentor],
    sections: ['S1'],
    attributes: { campus: 'north' },
  });
});

test('parents are told apart by role, kind and sourcedId, attributes by their names', () => {
  const [semester, department] = [
    { role: 'semester', kind: 'group', sourcedId: 'G' },
    { role: 'department', kind: 'group', sourcedId: 'G' },
  ];
  const named = { ...semester, name: 'Autumn' };
  const before = { parents: [semester, department], attributes: { a: '1', b: '2' } };
  expect(changeLists(before, { parents: [named], attributes: { b: '3', c: '4' } }, 'add')).toEqual({
    parents: [named, department],
    attributes: { a: '1', b: '3', c: '4' },
  });
  expect(changeLists(before, { parents: [semester] }, 'remove')).toEqual({ parents: [department] });
});

test('a course has one semester, department, template, offering; a group may have several parents', () => {
  const [autumn, spring, club, school] = [
    { role: 'semester', kind: 'group', sourcedId: 'T1' },
    { role: 'semester', kind: 'group', sourcedId: 'T2' },
    { role: 'parent', kind: null, sourcedId: 'G1' },
    { role: 'parent', kind: null, sourcedId: 'G2' },
  ];
  const before = { parents: [autumn, club] };
  expect(changeLists(before, { parents: [spring, school] }, 'add')).toEqual({ parents: [spring, club, school] });
  expect(changeLists(before, { parents: [spring] }, 'remove')).toEqual(before);
});

test('to take something out of a list that is not there says nothing; null clears a list', () => {
  expect(changeLists({ roles: null }, { roles: [learner], name: 'Ann' }, 'remove')).toEqual({ name: 'Ann' });
  expect(changeLists({ roles: [learner] }, { roles: null }, 'add')).toEqual({ roles: null });
});
