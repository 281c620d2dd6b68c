import { literalOrgUnitTypes, type OrgUnitFields } from '../../../domain/entities.ts';
import { activeOf } from '../active.ts';
import { malformed, missing } from '../record.ts';
import { child, textOf } from '../values.ts';
import { commandAbout, idIn, targets, type Meaning, type Target } from './request.ts';

/** What the course managers can do beside the usual operations, by name. */
export const courseOperations: readonly [string, Meaning][] = [
  ['createCourseOfferingFromCourseOffering', copy(targets.CourseOffering, literalOrgUnitTypes.offering)],
  ['createCourseSectionFromCourseSection', copy(targets.CourseSection, literalOrgUnitTypes.section)],
  ['updateCourseOfferingStatus', updateStatus(targets.CourseOffering)],
  ['updateCourseSectionStatus', updateStatus(targets.CourseSection)],
  ['addCourseSectionId', changeSections('add')],
  ['removeCourseSectionId', changeSections('remove')],
];

/** The new object has what the old one has, as far as it goes into another term; its code is its own sourcedId. */
function copy(target: Target, type: string): Meaning {
  return (request) => {
    const { sourcedId, at } = idIn(request, 'The new sourcedId', 'newSourcedId');
    const semester = idIn(request, 'The academic session', 'academicSession').sourcedId;
    const fields: OrgUnitFields = {
      type,
      code: sourcedId,
      parents: [{ role: 'semester', kind: 'group', sourcedId: semester }],
    };
    const copyOf = idIn(request, 'The sourcedId', 'sourcedId').sourcedId;
    return [commandAbout(target, { verb: 'replace', mustNotExist: true, copyOf, sourcedId, at, fields })];
  };
}

/** The status is an open vocabulary, but a request about nothing else must say one of its two words. */
function updateStatus(target: Target): Meaning {
  return (request) => {
    const at = `/${request.body.name}/status`;
    const word = textOf(child(request.body, 'status'));
    if (word === undefined) throw missing('The status', at);
    const active = activeOf(word);
    if (active === undefined) throw malformed('The status is Active or Inactive', word, at);
    const named = idIn(request, 'The sourcedId', 'sourcedId');
    return [commandAbout(target, { verb: 'update', mustExist: true, ...named, fields: { active } })];
  };
}

function changeSections(lists: 'add' | 'remove'): Meaning {
  return (request) => {
    const named = idIn(request, 'The section association', 'sectionAssociationSourcedId');
    const section = idIn(request, 'The course section', 'courseSectionSourcedId').sourcedId;
    return [
      commandAbout(targets.SectionAssociation, {
        verb: 'update',
        mustExist: true,
        lists,
        ...named,
        fields: { sections: [section] },
      }),
    ];
  };
}
