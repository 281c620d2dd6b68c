import type { WriteCommand } from '../domain/command.ts';
import { describeHandler, type HandlerExample } from '../testing/kits/index.ts';
import { shippedRules } from './index.ts';

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
const remove = { verb: 'delete', entity: 'user', kind: 'person', sourcedId: 'P1' } as const;

const examples: Readonly<Record<string, readonly HandlerExample[]>> = {
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
  'user-family-name-no-update': [
    {
      name: 'wishes to keep the field',
      command: person({ familyName: 'Lee' }),
      becomes: { wishes: { keep: ['familyName'] } },
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
  ],
  'inactivate-lms': [{ name: 'does not repeat what the option says', command: remove }],
};

for (const handler of shippedRules.handlers ?? []) describeHandler(handler, examples[handler.name]);
