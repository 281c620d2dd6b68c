import type { Command } from '../../../domain/command.ts';
import type {
  AssociationFields,
  EnrollmentFields,
  OrgUnitFields,
  OrgUnitWireKind,
  UserFields,
} from '../../../domain/entities.ts';
import { GatewayError, type Problem } from '../../../domain/problem.ts';
import type { ElementView, Translation } from '../../../pipeline/ports.ts';
import { findOperation } from '../contract/services.ts';
import { courseOfferingSteps, courseSectionSteps, courseTemplateSteps } from './course.ts';
import { groupSteps } from './group.ts';
import { membershipSteps } from './membership.ts';
import { personSteps } from './person.ts';
import { missing, type LisRecord, type Step } from './record.ts';
import { sectionAssociationSteps } from './section-association.ts';
import { requiredSourcedId, sourcedIdOf } from './sourced-id.ts';
import { child } from './values.ts';

export const dialectName = 'lis2';

/** `replacePerson` of a `replacePersonRequest`; what is no operation of LIS is called as it calls itself. */
export function operationOf(body: ElementView): string {
  return findOperation(body.name)?.operation.name ?? body.name;
}

/**
 * What a LIS 2.0 message wishes. Pure. Throws GatewayError: `unknown_operation`, `unsupported_operation`, and what is
 * wrong with the record (`incomplete_data`, `invalid_data`, `value_too_long`, with `at` = XML path).
 */
export function translate(body: ElementView): Translation {
  const known = findOperation(body.name);
  if (known === undefined) {
    throw new GatewayError('unknown_operation', `${body.name} is not an operation of LIS 2.0.`, {
      at: `/${body.name}`,
    });
  }
  const { name, supported } = known.operation;
  const parsed = /^(replace|delete|read)([A-Z]\w*)$/.exec(name);
  const entity = supported ? entities.get(parsed?.[2] ?? '') : undefined;
  if (entity === undefined) {
    throw new GatewayError(
      'unsupported_operation',
      `The operation ${name} of the ${known.service.name} is not supported.`,
      { at: `/${body.name}` },
    );
  }
  return { dialect: dialectName, operation: name, commands: [entity[parsed?.[1] as LisVerb](body)] };
}

type LisVerb = 'replace' | 'delete' | 'read';

/** How the objects of one kind become commands. */
type Entity = Record<LisVerb, (body: ElementView) => Command>;

const entities: ReadonlyMap<string, Entity> = new Map([
  ['Person', user()],
  ['Group', orgUnit('group', 'group', groupSteps)],
  ['CourseTemplate', orgUnit('template', 'courseTemplate', courseTemplateSteps)],
  ['CourseOffering', orgUnit('offering', 'courseOffering', courseOfferingSteps)],
  ['CourseSection', orgUnit('section', 'courseSection', courseSectionSteps)],
  ['SectionAssociation', association()],
  ['Membership', enrollment()],
]);

function user(): Entity {
  const target = { entity: 'user', kind: 'person' } as const;
  return {
    replace: (body) => ({ ...target, verb: 'replace', ...replacement<UserFields>(body, 'person', {}, personSteps) }),
    delete: (body) => ({ ...target, verb: 'delete', ...named(body, 'person') }),
    read: (body) => ({ ...target, verb: 'read', ...named(body, 'person') }),
  };
}

function orgUnit(kind: OrgUnitWireKind, object: string, steps: readonly Step<OrgUnitFields>[]): Entity {
  const target = { entity: 'org_unit', kind } as const;
  return {
    replace: (body) => ({
      ...target,
      verb: 'replace',
      ...replacement<OrgUnitFields>(body, object, { type: '' }, steps),
    }),
    delete: (body) => ({ ...target, verb: 'delete', ...named(body, object) }),
    read: (body) => ({ ...target, verb: 'read', ...named(body, object) }),
  };
}

function association(): Entity {
  const target = { entity: 'association', kind: 'association' } as const;
  return {
    replace: (body) => ({
      ...target,
      verb: 'replace',
      ...replacement<AssociationFields>(body, 'sectionAssociation', {}, sectionAssociationSteps),
    }),
    delete: (body) => ({ ...target, verb: 'delete', ...named(body, 'sectionAssociation') }),
    read: (body) => ({ ...target, verb: 'read', ...named(body, 'sectionAssociation') }),
  };
}

function enrollment(): Entity {
  const target = { entity: 'enrollment', kind: 'membership' } as const;
  const empty = (): EnrollmentFields => ({ userSourcedId: '', orgUnit: { kind: null, sourcedId: '' }, roles: [] });
  return {
    replace: (body) => ({ ...target, verb: 'replace', ...replacement(body, 'membership', empty(), membershipSteps) }),
    delete: (body) => ({ ...target, verb: 'delete', ...named(body, 'membership') }),
    read: (body) => ({ ...target, verb: 'read', ...named(body, 'membership') }),
  };
}

interface Named {
  sourcedId: string;
  at: string;
}

/** The key of a replace is the record's own sourcedId; the operation's is a fallback, and often differs (Blackboard). */
function replacement<Fields>(
  body: ElementView,
  object: string,
  fields: Fields,
  steps: readonly Step<Fields>[],
): Named & { fields: Fields; notes?: Problem[] } {
  const { record, element, at } = recordOf(body, object);
  if (element === undefined) throw missing(`The ${object}`, at);
  const sourcedId =
    sourcedIdOf(
      child(child(record, 'sourcedGUID'), 'sourcedId'),
      `/${body.name}/${object}Record/sourcedGUID/sourcedId`,
    ) ??
    sourcedIdOf(child(element, 'sourcedId'), `${at}/sourcedId`) ??
    requiredSourcedId(child(body, 'sourcedId'), 'The sourcedId', `/${body.name}/sourcedId`);
  const notes: Problem[] = [];
  const lis: LisRecord = { sourcedId, object: element, at, notes };
  for (const step of steps) step.read(lis, fields);
  return { sourcedId, at, fields, ...(notes.length === 0 ? {} : { notes }) };
}

/** The key of a delete or a read is the operation's sourcedId; PeopleSoft sends the whole record with a delete. */
function named(body: ElementView, object: string): Named {
  const at = `/${body.name}/sourcedId`;
  const own = sourcedIdOf(child(body, 'sourcedId'), at);
  if (own !== undefined) return { sourcedId: own, at };
  const { record, element } = recordOf(body, object);
  const inside = child(child(record, 'sourcedGUID'), 'sourcedId') ?? child(element, 'sourcedId');
  return { sourcedId: requiredSourcedId(inside, 'The sourcedId', at), at };
}

/** `personRecord/person`; the 2007 draft has no record around the object. */
function recordOf(
  body: ElementView,
  object: string,
): { record: ElementView | undefined; element: ElementView | undefined; at: string } {
  const record = child(body, `${object}Record`);
  if (record !== undefined)
    return { record, element: child(record, object), at: `/${body.name}/${object}Record/${object}` };
  const element = child(body, object);
  return { record, element, at: element === undefined ? `/${body.name}/${object}Record` : `/${body.name}/${object}` };
}
