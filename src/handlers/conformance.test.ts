import { expect, test } from '@jest/globals';
import type { WriteCommand } from '../domain/command.ts';
import { presets } from '../domain/source-system.ts';
import { effectiveVariables } from '../domain/variables.ts';
import { defineHandler, type HandlerPlugin } from '../pipeline/plugins/index.ts';
import { describeHandler, type HandlerExample } from '../testing/kits/index.ts';
import { handlePoints, shippedHandlers, shippedRules } from './index.ts';
import { orgUnitFields, userFields } from './rules/no-update.ts';

const person = (fields: object): WriteCommand => ({
  verb: 'replace',
  entity: 'user',
  kind: 'person',
  sourcedId: 'P1',
  fields,
});
const asks = { relations: [{ kind: 'auditor' as const, sourcedId: 'A1' }] };
const offering = (fields: object): WriteCommand =>
  ({ verb: 'replace', entity: 'org_unit', kind: 'offering', sourcedId: 'O1', fields }) as WriteCommand;
const section = (fields: object, more: object = {}): WriteCommand =>
  ({ verb: 'replace', entity: 'org_unit', kind: 'section', sourcedId: 'S1', fields, ...more }) as WriteCommand;
const enrollment = (fields: object): WriteCommand =>
  ({ verb: 'replace', entity: 'enrollment', kind: 'membership', sourcedId: 'M1', fields }) as WriteCommand;
const association = (fields: object): WriteCommand => ({
  verb: 'replace',
  entity: 'association',
  kind: 'association',
  sourcedId: 'A1',
  fields,
});
const removing = (kind: 'group' | 'template' | 'section'): WriteCommand => ({
  verb: 'delete',
  entity: 'org_unit',
  kind,
  sourcedId: 'U1',
});

/** What a handler wishes of every command of its points. */
const wishes = (name: string, command: WriteCommand, wished: object, leftOut?: true): HandlerExample => ({
  name,
  command,
  becomes: { wishes: wished },
  ...(leftOut === undefined ? {} : { leftOut }),
});
const kept = (field: string, command: WriteCommand): [HandlerExample] => [
  wishes('wishes to keep the field', command, { keep: [field] }),
];
const kebab = (field: string): string => field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const noted: WriteCommand = {
  ...person({}),
  notes: [{ code: 'password_not_accepted', message: 'A password stands in the record.' }],
};
const remove = { verb: 'delete', entity: 'user', kind: 'person', sourcedId: 'P1' } as const;

const examples: Readonly<Record<string, readonly HandlerExample[]>> = {
  ...Object.fromEntries([
    ...Object.keys(userFields).map((field) => [`user-${kebab(field)}-no-update`, kept(field, person({}))] as const),
    ...Object.keys(orgUnitFields).map(
      (field) => [`org-unit-${kebab(field)}-no-update`, kept(field, offering({}))] as const,
    ),
  ]),
  'read-lms': [
    {
      name: 'a read asks for what is in the LMS',
      command: { verb: 'read', entity: 'user', kind: 'person', sourcedId: 'P1' },
      becomes: { wishes: { inLms: true } },
    },
    { name: 'a write is left alone', command: person({}) },
  ],
  'create-declared': [wishes('left out, nothing is created', person({}), { never: 'create' }, true)],
  'save-declared': [wishes('left out, nothing is changed', person({}), { never: 'change' }, true)],
  'create-lms-group': [
    {
      name: 'a section is declared under the type of groups',
      command: section({ type: 'CourseSection' }),
      becomes: { fields: { type: 'CourseGroup' } },
    },
    {
      name: 'or under the one of the options',
      options: { type: 'Group' },
      command: section({ type: 'CourseSection' }),
      becomes: { fields: { type: 'Group' } },
    },
    { name: 'another type is left alone', command: section({ type: 'Lab' }) },
  ],
  'parent-department-semester-default-none': [
    wishes('left out, both stay', section({}), { leaveParents: ['department', 'semester'] }, true),
  ],
  'validate-parent-offering-exists': [
    wishes('the offering must be there', section({}), { needsParent: 'offering' }),
    {
      name: 'unless sections bring their own',
      command: section({}),
      source: {
        options: { ...presets.lis, sectionBringsOffering: { semesterType: 'TERM', departmentType: 'DEPARTMENT' } },
      },
    },
  ],
  'properties-default-first-section': [
    {
      name: 'left out, it is called by its code',
      leftOut: true,
      command: association({ code: 'A' }),
      becomes: { fields: { name: 'A' } },
    },
    { name: 'left out, a name of its own stays', leftOut: true, command: association({ name: 'Both' }) },
  ],
  'cascade-delete-enrollments': [wishes('the enrollments go with it', remove, { cascade: ['dependants'] })],
  'cascade-delete-course-offerings': [wishes('the offerings go with it', removing('group'), { cascade: ['semester'] })],
  'cascade-delete-course-templates': [
    wishes('the templates go with it', removing('group'), { cascade: ['department'] }),
  ],
  'cascade-delete-dependants': [
    wishes('what needs it goes with it', removing('template'), { cascade: ['dependants'] }),
  ],
  'refuse-delete-with-children': [wishes('children hold it back', removing('group'), { refuseWhile: ['children'] })],
  'refuse-delete-in-association': [
    wishes('an association holds it back', removing('section'), { refuseWhile: ['association'] }),
  ],
  'disallow-parent-changes-if-children-exist': [
    wishes('children hold back a move', offering({}), { refuseWhile: ['moved'] }),
    { name: 'a delete is left alone', command: removing('group') },
  ],
  'association-history': [wishes('the history is kept', association({}), { history: true })],
  'validate-section': [
    {
      name: 'no person',
      command: enrollment({ userSourcedId: '', orgUnit: { kind: null, sourcedId: 'S' }, roles: [] }),
      refused: 'incomplete_data',
    },
    {
      name: 'no org unit',
      command: enrollment({ userSourcedId: 'P', orgUnit: { kind: null, sourcedId: '' }, roles: [] }),
      refused: 'incomplete_data',
    },
    {
      name: 'both',
      command: enrollment({ userSourcedId: 'P', orgUnit: { kind: null, sourcedId: 'S' }, roles: [] }),
    },
  ],
  'limit-lengths': [
    { name: 'an e-mail address without end', command: person({ email: 'x'.repeat(400) }), refused: 'value_too_long' },
    { name: 'an e-mail address', command: person({ email: 'a@example.edu' }) },
  ],
  'refuse-self-reference': [
    {
      name: 'an org unit under itself',
      command: offering({ type: 'CourseOffering', parents: [{ role: 'parent', kind: 'offering', sourcedId: 'O1' }] }),
      refused: 'invalid_data',
    },
    {
      name: 'an org unit under a template of the same id',
      command: offering({ type: 'CourseOffering', parents: [{ role: 'template', kind: 'template', sourcedId: 'O1' }] }),
    },
  ],
  'note-dates': [
    {
      name: 'an offering that ends before it begins',
      command: offering({
        type: 'CourseOffering',
        startsAt: '2027-01-01T00:00:00.000Z',
        endsAt: '2026-01-02T00:00:00.000Z',
      }),
      warned: 'invalid_data',
    },
    {
      name: 'an offering of a day',
      command: offering({
        type: 'CourseOffering',
        startsAt: '2027-01-01T00:00:00.000Z',
        endsAt: '2027-01-01T00:00:00.000Z',
      }),
    },
  ],
  'require-parents': [
    {
      name: 'an offering without the semester that is required',
      command: offering({ type: 'CourseOffering' }),
      source: { variables: effectiveVariables({ 'require.offering-semester': true }) },
      becomes: { wishes: { namesParents: ['semester'] } },
    },
    { name: 'nothing is required by default', command: offering({ type: 'CourseOffering' }) },
  ],
  'reject-unmapped': [
    {
      name: 'a role that nobody mapped, where the source system is strict',
      command: person({ roles: [{ role: 'Alumni', primary: true }] }),
      source: { options: { ...presets.lis, unmapped: 'reject' } },
      refused: 'unmapped_role',
    },
    { name: 'otherwise it waits', command: person({ roles: [{ role: 'Alumni', primary: true }] }) },
  ],
  'status-default-active': [
    { name: 'a record without a status is active', command: person({}), becomes: { fields: { active: true } } },
    { name: 'a status that is stated stays', command: person({ active: false }) },
  ],
  'role-default-first-role': [
    {
      name: 'a person without a role has the first mapped one',
      command: person({}),
      becomes: { fields: { roles: [{ role: 'learner', primary: true }] } },
    },
    {
      name: 'or the one of the options',
      options: { role: 'Guest' },
      command: person({ roles: [] }),
      becomes: { fields: { roles: [{ role: 'Guest', primary: true }] } },
    },
    { name: 'without a role map there is none to give', command: person({}), source: { roles: new Set() } },
  ],
  'preferred-names': [
    {
      name: 'of two preferred names, the one that is not stated is left',
      command: person({ preferredGivenName: 'Annie' }),
      becomes: { wishes: { leave: ['preferredFamilyName'] } },
    },
    {
      name: 'an empty one is cleared, and the other left',
      command: person({ preferredFamilyName: null }),
      becomes: { wishes: { leave: ['preferredGivenName'] } },
    },
    {
      name: 'both cleared: the block is missing',
      command: person({ preferredGivenName: null, preferredFamilyName: null }),
    },
    { name: 'both stated: the block is whole', command: person({ preferredGivenName: 'A', preferredFamilyName: 'B' }) },
    { name: 'neither stated: nothing to leave', command: person({}) },
  ],
  'fields-from-attributes': [
    {
      name: 'IsActive is the status',
      command: person({ attributes: { isactive: '0', campus: 'north' } }),
      becomes: { fields: { active: false, attributes: { campus: 'north' } } },
    },
    {
      name: 'what is neither true nor false is no status',
      command: person({ attributes: { IsActive: 'maybe' } }),
      warned: 'invalid_data',
    },
    { name: 'a status of its own goes before', command: person({ active: true, attributes: { IsActive: '0' } }) },
    {
      name: 'other fields, as the options say',
      options: { fields: { mail: 'email' } },
      command: person({ attributes: { Mail: 'a@example.edu' } }),
      becomes: { fields: { email: 'a@example.edu', attributes: {} } },
    },
  ],
  'discard-password': [
    {
      name: 'a password is thrown away',
      command: person({ attributes: { initialPassword: 'x', campus: 'north' } }),
      becomes: { fields: { attributes: { campus: 'north' } } },
    },
    { name: 'other attributes stay', command: person({ attributes: { campus: 'north' } }) },
  ],
  'validate-base': [
    {
      name: 'a person without a name is refused',
      command: person({ email: 'a@example.edu' }),
      refused: 'incomplete_data',
    },
  ],
  validate: [
    { name: 'a course needs a title', command: offering({ type: 'CourseOffering' }), refused: 'incomplete_data' },
    { name: 'no code is required by default', command: offering({ type: 'CourseOffering', name: 'Algebra' }) },
    {
      name: 'code and name, where they are required',
      options: { require: ['code', 'name'] },
      command: offering({ type: 'CourseOffering', code: 'C', name: null }),
      refused: 'incomplete_data',
    },
  ],
  'copy-course': [
    {
      name: 'a request is spelled in one way',
      command: offering({ type: 'CourseOffering', attributes: { CoupCourseSourceOrgUnitCode: 'MASTER' } }),
      becomes: { fields: { attributes: { CopyCourseSourceOrgUnitCode: 'MASTER' } } },
    },
    {
      name: 'nobody asks',
      command: offering({ type: 'CourseOffering', parents: [{ role: 'template', kind: 'template', sourcedId: 'T' }] }),
    },
    {
      name: 'the options ask for it: from the template',
      options: { implicit: 'template' },
      command: offering({ type: 'CourseOffering', parents: [{ role: 'template', kind: 'template', sourcedId: 'T' }] }),
      becomes: { fields: { attributes: { CopyCourseParent: 'true', CopyCourseSourceExternalId: 'T' } } },
    },
    {
      name: 'the options ask for it: from the offering of that code',
      options: { implicit: 'sibling' },
      command: offering({ type: 'CourseOffering', parents: [{ role: 'template', kind: 'template', sourcedId: 'T' }] }),
      becomes: { fields: { attributes: { CopyCourseSourceOrgUnitCode: 'T' } } },
    },
  ],
  'update-auditors': [
    { name: 'whoever has not come is waited for', command: person(asks) },
    {
      name: 'or left out, as IPSIS does',
      options: { missing: 'drop' },
      command: person(asks),
      becomes: { wishes: { needsAgent: ['auditor'] } },
    },
  ],
  'update-parents': [
    {
      name: 'speaks of parents, guardians and relatives',
      options: { missing: 'drop' },
      command: person(asks),
      becomes: { wishes: { needsAgent: ['parent', 'guardian', 'relative'] } },
    },
  ],
  'forget-auditors': [wishes('wishes to have the relations forgotten', remove, { forgetRelations: ['auditor'] })],
  'password-rule': [
    {
      name: 'a record with a password is refused, where the organization says so',
      command: noted,
      source: { variables: effectiveVariables({ 'password-rule': 'refuse' }) },
      refused: 'password_not_accepted',
    },
    {
      name: 'otherwise the note is a warning',
      command: noted,
      source: { variables: effectiveVariables({ 'password-rule': 'warn' }) },
    },
  ],
  'forget-parents': [
    {
      name: 'wishes to have the relations forgotten',
      command: remove,
      becomes: { wishes: { forgetRelations: ['parent', 'guardian', 'relative'] } },
    },
  ],
  'retain-existing-department': [
    {
      name: 'wishes to leave the department',
      command: offering({ type: 'CourseOffering' }),
      becomes: { wishes: { leaveParents: ['department'] } },
    },
  ],
  'delete-lms': [
    { name: 'says what the option does not say', command: remove, becomes: { wishes: { lms: 'delete' } } },
    wishes('left out, the LMS object stays', remove, { lms: 'leave' }, true),
  ],
  'inactivate-lms': [{ name: 'does not repeat what the option says', command: remove }],
};

const handlers = shippedRules.handlers ?? [];

/** What every command comes by runs behind all lists: as a handler that may stand anywhere. */
const behindLists = shippedHandlers.map(({ name, handle }) =>
  defineHandler({
    name,
    summary: 'Runs behind every list.',
    points: handlePoints.map((point) => point.name),
    stage: 'validate',
    make: () => ({ handle }),
  }),
);

test('the examples are of handlers that are shipped, and every one that does something of its own has one', () => {
  const all = [...handlers, ...behindLists];
  expect(Object.keys(examples).filter((name) => !all.some((handler) => handler.name === name))).toEqual([]);
  const silent = all.filter((handler) => doesSomething(handler) && examples[handler.name] === undefined);
  expect(silent.map(({ name }) => name)).toEqual([]);
});

for (const handler of [...handlers, ...behindLists]) describeHandler(handler, examples[handler.name]);

/** What the engine does anyway has no function of its own, present or left out. */
function doesSomething({ options, make, leftOut }: HandlerPlugin): boolean {
  const parsed = options?.safeParse({});
  return Object.keys(make(parsed?.success === true ? parsed.data : undefined)).length > 0 || leftOut !== undefined;
}
