import type { Command, ListFilter } from '../../../domain/command.ts';
import type { ParentRole } from '../../../domain/entities.ts';
import { courseOffering, courseSection, group, membership, type LisEntity } from './entities.ts';
import { collectionKind } from './membership.ts';
import { child, missing, textOf } from '../../../formats/ims/index.ts';
import { commandAbout, idIn, type LisRequest, type Meaning } from './request.ts';

export type { ListFilter };

export function listOf(entity: LisEntity, { body }: LisRequest, filter: ListFilter, records?: true): Command {
  const whole = records === undefined ? {} : { records };
  return commandAbout(entity, { verb: 'list', sourcedId: '', at: `/${body.name}`, filter, ...whole });
}

/** The operations that ask for what belongs to something else, by name. */
export const relationLists: readonly [string, Meaning][] = [
  ['readMembershipIdsForPerson', list(membership, (request) => ({ userSourcedId: personIn(request) }))],
  [
    'readMembershipIdsForPersonWithRole',
    // The draft has the out-parameter sourcedIdSet in this request: it is passed over.
    list(membership, (request) => ({ userSourcedId: personIn(request), role: roleIn(request) })),
  ],
  [
    'readMembershipIdsForCollection',
    list(membership, (request) => ({
      orgUnit: {
        kind: collectionKind(textOf(child(request.body, 'collection'))),
        sourcedId: idIn(request, 'The collection', 'groupSourcedId', 'collectionSourcedId').sourcedId,
      },
    })),
  ],
  ['readGroupIdsForPerson', list(group, (request) => ({ userSourcedId: personIn(request) }))],
  ['readCourseOfferingIdsForCourseTemplate', list(courseOffering, below('template', 'sourcedId'))],
  ['readCourseSectionIdsForCourseOffering', list(courseSection, below('offering', 'sourcedId'))],
  [
    'readAllActiveCourseOfferingIdsForAcademicSession',
    list(courseOffering, (request) => ({ ...below('semester', 'academicSession')(request), active: true })),
  ],
];

function list(entity: LisEntity, filterOf: (request: LisRequest) => ListFilter): Meaning {
  return (request) => [listOf(entity, request, filterOf(request))];
}

function below(role: ParentRole, element: string): (request: LisRequest) => ListFilter {
  return (request) => ({ parent: { role, sourcedId: idIn(request, 'The sourcedId', element).sourcedId } });
}

function personIn(request: LisRequest): string {
  return idIn(request, 'The person', 'personSourcedId').sourcedId;
}

/** A role as memberships have it, or its bare word. */
function roleIn({ body }: LisRequest): string {
  const role = child(body, 'role');
  const word = textOf(child(role, 'roleType')) ?? textOf(role);
  if (word === undefined) throw missing('The role', `/${body.name}/role/roleType`);
  return word;
}
