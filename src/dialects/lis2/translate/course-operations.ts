import { literalOrgUnitTypes, type OrgUnitFields } from '../../../domain/entities.ts';
import { courseOffering, courseSection, sectionAssociation, type LisEntity } from './entities.ts';
import { activeOf, child, malformed, missing, textOf } from '../../../formats/ims/index.ts';
import { commandAbout, idIn, type Meaning } from './request.ts';

/** What the course managers can do beside the usual operations, by name. */
export const courseOperations: readonly [string, Meaning][] = [
  ['createCourseOfferingFromCourseOffering', copy(courseOffering, literalOrgUnitTypes.offering)],
  ['createCourseSectionFromCourseSection', copy(courseSection, literalOrgUnitTypes.section)],
  ['updateCourseOfferingStatus', updateStatus(courseOffering)],
  ['updateCourseSectionStatus', updateStatus(courseSection)],
  ['addCourseSectionId', changeSections('add')],
  ['removeCourseSectionId', changeSections('remove')],
];

/** The new object has all that the old one has, in another term; its code is its own sourcedId. */
function copy(entity: LisEntity, type: string): Meaning {
  return (request) => {
    const { sourcedId, at } = idIn(request, 'The new sourcedId', 'newSourcedId');
    const semester = idIn(request, 'The academic session', 'academicSession').sourcedId;
    const fields: OrgUnitFields = {
      type,
      code: sourcedId,
      parents: [{ role: 'semester', kind: 'group', sourcedId: semester }],
    };
    const copyOf = idIn(request, 'The sourcedId', 'sourcedId').sourcedId;
    return [commandAbout(entity, { verb: 'replace', mustNotExist: true, copyOf, sourcedId, at, fields })];
  };
}

/** The status is an open vocabulary, but a request about nothing else must say one of its two words. */
function updateStatus(entity: LisEntity): Meaning {
  return (request) => {
    const at = `/${request.body.name}/status`;
    const word = textOf(child(request.body, 'status'));
    if (word === undefined) throw missing('The status', at);
    const active = activeOf(word);
    if (active === undefined) throw malformed('The status is Active or Inactive', word, at);
    const named = idIn(request, 'The sourcedId', 'sourcedId');
    return [commandAbout(entity, { verb: 'update', mustExist: true, ...named, fields: { active } })];
  };
}

function changeSections(lists: 'add' | 'remove'): Meaning {
  return (request) => {
    const named = idIn(request, 'The section association', 'sectionAssociationSourcedId');
    const section = idIn(request, 'The course section', 'courseSectionSourcedId').sourcedId;
    return [
      commandAbout(sectionAssociation, {
        verb: 'update',
        mustExist: true,
        lists,
        ...named,
        fields: { sections: [section] },
      }),
    ];
  };
}
