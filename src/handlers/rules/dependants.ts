import type { Cascade } from '../../domain/command.ts';
import type { HandledEntity } from '../../domain/extension-points.ts';
import { defineHandler, type HandlerPlugin } from '../../pipeline/plugins/index.ts';
import { aliased, courses, orgUnits, pointsOf } from '../points.ts';
import { stating, wishing } from '../wishes.ts';

/** Rules about what depends on a record. They see no state: what they wish is judged where the record is declared. */
export const dependants: readonly HandlerPlugin[] = [
  cascading(
    'cascade-delete-enrollments',
    'CascadeDeleteEnrollments',
    ['user'],
    ['dependants'],
    'the enrollments of the person',
  ),
  cascading(
    'cascade-delete-course-offerings',
    'CascadeDeleteCourseOffering',
    ['semester'],
    ['semester'],
    'the course offerings of the semester, with their sections and enrollments',
  ),
  cascading(
    'cascade-delete-course-templates',
    'CascadeDeleteCourseTemplate',
    ['department'],
    ['department'],
    'the course templates of the department, with their offerings, sections and enrollments',
  ),
  cascading(
    'cascade-delete-dependants',
    'CascadeDelete',
    ['org_unit', ...courses, 'section_association'],
    ['dependants'],
    'what requires it as a parent, and the enrollments of all that',
  ),
  defineHandler({
    name: 'refuse-delete-with-children',
    summary: 'Refuses the delete of an org unit that others name as a parent.',
    points: pointsOf('delete', orgUnits),
    stage: 'rule',
    excludes: ['cascade-delete-course-offerings', 'cascade-delete-course-templates', 'cascade-delete-dependants'],
    make: () => wishing({ refuseWhile: ['children'] }, ['delete']),
  }),
  defineHandler({
    name: 'refuse-delete-in-association',
    summary: 'Refuses the delete of a section that a section association names.',
    points: ['handle.course_section.delete'],
    stage: 'rule',
    alias: aliased('Validate'),
    make: () => wishing({ refuseWhile: ['association'] }, ['delete']),
  }),
  defineHandler({
    name: 'disallow-parent-changes-if-children-exist',
    summary: 'Refuses to move an org unit that others name as a parent.',
    points: pointsOf('replace', orgUnits),
    stage: 'rule',
    alias: aliased('DisallowParentChangesIfChildrenExist'),
    make: () => wishing({ refuseWhile: ['moved'] }, stating),
  }),
  defineHandler({
    name: 'retain-existing-department',
    summary: 'A record that names no department keeps the one that it has.',
    points: pointsOf('replace', courses),
    stage: 'rule',
    alias: aliased('RetainExistingDepartment'),
    make: () => wishing({ leaveParents: ['department'] }, ['replace']),
  }),
  defineHandler({
    name: 'association-history',
    summary: 'Keeps a history of the sections of an association: which came and went, when, by which message.',
    points: ['handle.section_association.replace'],
    stage: 'after',
    alias: aliased('UpdateHierarchy'),
    make: () => wishing({ history: true }, stating),
  }),
];

function cascading(
  name: string,
  alias: string,
  entities: readonly HandledEntity[],
  cascade: readonly Cascade[],
  what: string,
): HandlerPlugin {
  return defineHandler({
    name,
    summary: `Deletes ${what} with it.`,
    points: pointsOf('delete', entities),
    stage: 'rule',
    alias: aliased(alias),
    make: () => wishing({ cascade }, ['delete']),
  });
}
