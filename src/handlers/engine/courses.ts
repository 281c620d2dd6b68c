import { z } from 'zod';
import { literalOrgUnitTypes } from '../../domain/entities.ts';
import { defineHandler, type HandlerPlugin } from '../../pipeline/plugins/index.ts';
import { aliased } from '../points.ts';
import { eachReplace, restate } from '../restated.ts';
import { stating, wishing } from '../wishes.ts';

const section = 'handle.course_section.replace';
const association = 'handle.section_association.replace';
const made = () => ({});

const groupOptions = z.strictObject({
  type: z.string().min(1).default('CourseGroup').meta({
    description: 'The SIS type under which sections are declared; map it to an LMS type of the base `group`.',
  }),
});

/** What the gateway does with sections and their associations; a section becomes an LMS section or an LMS group. */
export const sections: readonly HandlerPlugin[] = [
  defineHandler({
    name: 'create-lms-section',
    summary: 'Makes an LMS section of what is new.',
    points: [section],
    stage: 'create',
    excludes: ['create-lms-group', 'save-lms-group'],
    needs: () => ['create-declared'],
    alias: aliased('CreateLMSSection'),
    make: made,
  }),
  defineHandler({
    name: 'create-lms-group',
    summary:
      'Makes an LMS group of what is new: sections are declared under a type of their own (option `type`), which is mapped to groups.',
    points: [section],
    stage: 'create',
    excludes: ['create-lms-section', 'save-lms-section'],
    needs: () => ['create-declared'],
    alias: aliased('CreateLMSGroup'),
    options: groupOptions,
    make: ({ type }) => ({
      handle(batch) {
        for (const item of batch) {
          const { command } = item;
          if (command.verb === 'delete' || command.verb === 'rename' || command.entity !== 'org_unit') continue;
          if (command.fields.type === literalOrgUnitTypes.section) restate(item, { type });
        }
      },
    }),
  }),
  defineHandler({
    name: 'save-lms-section',
    summary: 'Saves what changed to the LMS section.',
    points: [section],
    stage: 'save',
    excludes: ['save-lms-group'],
    needs: () => ['save-declared'],
    alias: aliased('SaveLMSSection'),
    make: made,
  }),
  defineHandler({
    name: 'save-lms-group',
    summary: 'Saves what changed to the LMS group.',
    points: [section],
    stage: 'save',
    excludes: ['save-lms-section'],
    needs: () => ['save-declared'],
    alias: aliased('SaveLMSGroup'),
    make: made,
  }),
  defineHandler({
    name: 'parent-department-semester-default-none',
    summary: 'A section that names no department or semester has none. Without it, it keeps those that it has.',
    points: [section],
    stage: 'rule',
    alias: aliased('ParentDepartmentParentSemesterDefaultNone'),
    make: made,
    leftOut: () => wishing({ leaveParents: ['department', 'semester'] }, ['replace']),
  }),
  defineHandler({
    name: 'validate-parent-offering-exists',
    summary: 'Refuses a section whose offering is not there. Without it the section waits for its offering.',
    points: [section],
    stage: 'validate',
    alias: aliased('ValidateParentOfferingExists'),
    make: () => ({
      handle(batch, source) {
        // A section that brings its own offering needs none.
        if (source.options.sectionBringsOffering === null)
          wishing({ needsParent: 'offering' }, stating).handle?.(batch, source);
      },
    }),
  }),
  defineHandler({
    name: 'template-update-departments',
    summary: 'The departments of an offering are those of its template.',
    points: ['handle.course_offering.replace'],
    stage: 'rule',
    requiredAt: ['handle.course_offering.replace'],
    alias: aliased('TemplateUpdateDepartmentsLMS'),
    make: made,
  }),
];

export const associations: readonly HandlerPlugin[] = [
  defineHandler({
    name: 'properties-default-first-section',
    summary:
      'What an association does not state comes from its first section. Without it, one without a name is called by its code.',
    points: [association],
    stage: 'rule',
    alias: aliased('PropertiesDefaultFirstSection'),
    make: made,
    leftOut: () => ({
      handle(batch) {
        eachReplace(batch, (item, { name, code }) => {
          // Where the gateway gives the sourcedId, the projection gives the name with it.
          const called = code ?? item.command.sourcedId;
          if (name == null && called !== '') restate(item, { name: called });
        });
      },
    }),
  }),
  defineHandler({
    name: 'add-lms-section',
    summary: 'Puts the sections of the list under the combined offering.',
    points: [association],
    stage: 'after',
    excludes: ['add-lms-group'],
    alias: aliased('AddLMSSection'),
    make: made,
  }),
  defineHandler({
    name: 'add-lms-group',
    summary: 'Puts the groups of the list under the combined offering.',
    points: [association],
    stage: 'after',
    excludes: ['add-lms-section'],
    alias: aliased('AddLMSGroup'),
    make: made,
  }),
  ...(['UnenrollLMSGroupSection', 'UnenrollLMSOffering'] as const).map((alias) =>
    defineHandler({
      name: alias === 'UnenrollLMSOffering' ? 'unenroll-lms-offering' : 'unenroll-lms-group-section',
      summary: 'Ends the enrollments that nothing supports any longer.',
      points: [association, 'handle.enrollment.replace', 'handle.enrollment.delete'],
      stage: 'after',
      requiredAt: [association, 'handle.enrollment.replace', 'handle.enrollment.delete'],
      // IPSIS spells it with one l where it deletes.
      alias: aliased((point) => (point.endsWith('.delete') ? alias.replace('Unenroll', 'Unenrol') : alias)),
      make: made,
    }),
  ),
  defineHandler({
    name: 'remove-lms-group-section',
    summary: 'Takes the sections that left the list out of the combined offering.',
    points: [association],
    stage: 'after',
    requiredAt: [association],
    alias: aliased('RemoveLMSGroupSection'),
    make: made,
  }),
];

export const enrollments: readonly HandlerPlugin[] = [
  defineHandler({
    name: 'enroll-lms-offering',
    summary: 'Enrolls in the offering, also through its sections.',
    points: ['handle.enrollment.replace'],
    stage: 'after',
    requiredAt: ['handle.enrollment.replace'],
    alias: aliased('EnrollLMSOffering'),
    make: made,
  }),
  defineHandler({
    name: 'enroll-lms-group-section',
    summary: 'Enrolls in the section or group.',
    points: ['handle.enrollment.replace'],
    stage: 'after',
    requiredAt: ['handle.enrollment.replace'],
    alias: aliased('EnrollLMSGroupSection'),
    make: made,
  }),
];
