import type { Command, ListFilter } from '../../../domain/command.ts';
import type { ParentRole } from '../../../domain/entities.ts';
import { collectionKind } from '../collection-kind.ts';
import { missing } from '../record.ts';
import { child, textOf } from '../values.ts';
import { parseQuery } from './query.ts';
import { commandAbout, idIn, targets, type ImsRequest, type Meaning, type Target } from './request.ts';
import { savePointIn } from './save-point.ts';

/** The operations that find objects by themselves: all of them, those that changed, those that a query describes. */
export function listsOf(name: keyof typeof targets): [string, Meaning][] {
  const target = targets[name];
  const changed = (request: ImsRequest): ListFilter => ({ changedSince: savePointIn(request) });
  return [
    [`readAll${name}Ids`, list(target, () => ({}))],
    [`read${name}IdsFromSavePoint`, list(target, changed)],
    [`read${name}sFromSavePoint`, (request) => [listOf(target, request, changed(request), true)]],
    [`discover${name}Ids`, list(target, (request) => parseQuery(request, target.entity))],
  ];
}

export function listOf(target: Target, { body }: ImsRequest, filter: ListFilter, records?: true): Command {
  const whole = records === undefined ? {} : { records };
  return commandAbout(target, { verb: 'list', sourcedId: '', at: `/${body.name}`, filter, ...whole });
}

/** The operations that ask for what belongs to something else, by name. */
export const relationLists: readonly [string, Meaning][] = [
  ['readMembershipIdsForPerson', list(targets.Membership, (request) => ({ userSourcedId: personIn(request) }))],
  [
    'readMembershipIdsForPersonWithRole',
    // The draft has the out-parameter sourcedIdSet in this request: it is passed over.
    list(targets.Membership, (request) => ({ userSourcedId: personIn(request), role: roleIn(request) })),
  ],
  [
    'readMembershipIdsForCollection',
    list(targets.Membership, (request) => ({
      orgUnit: {
        kind: collectionKind(textOf(child(request.body, 'collection'))),
        sourcedId: idIn(request, 'The collection', 'groupSourcedId', 'collectionSourcedId', 'collectionSourcedID')
          .sourcedId,
      },
    })),
  ],
  ['readGroupIdsForPerson', list(targets.Group, (request) => ({ userSourcedId: personIn(request) }))],
  ['readCourseOfferingIdsForCourseTemplate', list(targets.CourseOffering, below('template', 'sourcedId'))],
  ['readCourseSectionIdsForCourseOffering', list(targets.CourseSection, below('offering', 'sourcedId'))],
  [
    'readAllActiveCourseOfferingIdsForAcademicSession',
    list(targets.CourseOffering, (request) => ({ ...below('semester', 'academicSession')(request), active: true })),
  ],
];

function list(target: Target, filterOf: (request: ImsRequest) => ListFilter): Meaning {
  return (request) => [listOf(target, request, filterOf(request))];
}

function below(role: ParentRole, element: string): (request: ImsRequest) => ListFilter {
  return (request) => ({ parent: { role, sourcedId: idIn(request, 'The sourcedId', element).sourcedId } });
}

function personIn(request: ImsRequest): string {
  return idIn(request, 'The person', 'personSourcedId').sourcedId;
}

/** A role as memberships have it, or its bare word. */
function roleIn({ body }: ImsRequest): string {
  const role = child(body, 'role');
  const word = textOf(child(role, 'roleType')) ?? textOf(role);
  if (word === undefined) throw missing('The role', `/${body.name}/role/roleType`);
  return word;
}
