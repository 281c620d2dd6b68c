import { expect, test } from '@jest/globals';
import type { ReplaceCommand, Wishes } from '../../domain/command.ts';
import { neverWished, releases, restateAsWished, standsAlone } from './wishes.ts';

const department = { role: 'department', kind: 'group', sourcedId: 'D' } as const;
const semester = { role: 'semester', kind: 'group', sourcedId: 'F' } as const;
const held = { fields: { name: 'Algebra', preferredGivenName: 'Annie', parents: [department] }, there: true };

function replace(wishes: Wishes): ReplaceCommand<'org_unit'> {
  return { verb: 'replace', entity: 'org_unit', kind: 'offering', sourcedId: 'O', fields: { type: 'T' }, wishes };
}

test('a field that is kept was set once, and one that is not stated is left where that is wished', () => {
  const command = replace({ keep: ['name'], leave: ['preferredGivenName'] });
  expect(restateAsWished(held, command, { name: 'Geometry' }, 'yes')).toEqual({
    name: 'Algebra',
    preferredGivenName: 'Annie',
  });
  expect(restateAsWished(held, command, { preferredGivenName: null }, 'yes')).toEqual({
    name: 'Algebra',
    preferredGivenName: null,
  });
});

test('a parent of a role that the record does not name is left, one that it names takes its place', () => {
  const command = replace({ leaveParents: ['department'] });
  expect(restateAsWished(held, command, { parents: [semester] }, 'yes').parents).toEqual([semester, department]);
  const other = { ...department, sourcedId: 'D2' };
  expect(restateAsWished(held, command, { parents: [other] }, 'yes').parents).toEqual([other]);
});

test('what is not there is stated afresh, whatever is wished', () => {
  const deleted = { ...held, there: false };
  expect(restateAsWished(deleted, replace({ keep: ['name'], leave: ['x'] }), { name: 'New' }, 'yes')).toEqual({
    name: 'New',
  });
});

test('a source system that never creates finds nothing, one that never changes leaves it', () => {
  expect(neverWished(replace({ never: 'create' }), false)).toBe('unknown');
  expect(neverWished(replace({ never: 'create' }), true)).toBeUndefined();
  expect(neverWished(replace({ never: 'change' }), true)).toBe('unchanged');
  expect(neverWished(replace({}), false)).toBeUndefined();
});

test('only a delete releases, and stands alone where it looks at others', () => {
  const remove = { verb: 'delete', entity: 'user', kind: 'person', sourcedId: 'P' } as const;
  expect(releases({ ...remove, wishes: { lms: 'leave' } })).toBe(true);
  expect(releases({ ...remove, wishes: { lms: 'delete' } })).toBe(false);
  expect(standsAlone({ ...remove, wishes: { cascade: ['dependants'] } })).toBe(true);
  expect(standsAlone(replace({ refuseWhile: ['moved'] }))).toBe(false);
});
