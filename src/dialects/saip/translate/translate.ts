import type { Command } from '../../../domain/command.ts';
import type { Outcome } from '../../../domain/outcome.ts';
import { GatewayError } from '../../../domain/problem.ts';
import {
  activeOf,
  child,
  malformed,
  missing,
  requiredSourcedId,
  sourcedIdOf,
  textOf,
} from '../../../formats/ims/index.ts';
import { operationName } from '../../../formats/wsdl/index.ts';
import type { ElementView, Translation } from '../../../pipeline/ports.ts';
import { findOperation } from '../contract/services.ts';
import { entities, type Entity, type Named } from './entities.ts';
import type { About } from './reading.ts';
import { translateSnapshot } from './snapshot.ts';
import { inOneSpelling } from './spelling.ts';

const dialect = 'saip';

export const snapshotRoot = 'enterprise';

export interface SaipTranslation extends Translation {
  /** What became of the records of a snapshot that could not be read, by their position. */
  readonly unreadable?: ReadonlyMap<number, Outcome>;
}

/**
 * What a message of PeopleSoft SAIP wishes: an operation, or a snapshot. Pure. Throws GatewayError: `unknown_operation`,
 * `unsupported_operation`, and what is wrong with the record (`incomplete_data`, `invalid_data`, `value_too_long`).
 */
export function translate(sent: ElementView): SaipTranslation {
  const body = inOneSpelling(sent);
  if (body.name === snapshotRoot) return { dialect, operation: snapshotRoot, ...translateSnapshot(body) };
  const known = findOperation(body.name);
  const at = `/${body.name}`;
  if (known === undefined)
    throw new GatewayError('unknown_operation', `${body.name} is not an operation of PeopleSoft SAIP.`, { at });
  const { name, supported } = known.operation;
  const commands = supported ? (special(name, body) ?? usual(name, body)) : undefined;
  if (commands === undefined) {
    const message = `The operation ${name} of the ${known.service.name} is not supported.`;
    throw new GatewayError('unsupported_operation', message, { at });
  }
  return { dialect, operation: operationName(body.name), commands };
}

/** Create, update, replace, delete, read and change of the identifier of each kind of object. */
function usual(name: string, body: ElementView): readonly Command[] | undefined {
  const [, verb = '', object = ''] =
    /^(createByProxy|create|update|replace|delete|read|change)([A-Z]\w*?)(?:Identifier)?$/.exec(name) ?? [];
  const entity = entities.get(object.charAt(0).toLowerCase() + object.slice(1));
  if (entity === undefined) return undefined;
  switch (verb) {
    case 'create':
      return objectsOf(entity, body).map((about) => entity.replace(about, { mustNotExist: true }));
    case 'createByProxy':
      return [entity.replace({ ...required(entity, body), sourcedId: '' }, { allocate: true })];
    case 'replace':
      return objectsOf(entity, body).map((about) => entity.replace(about));
    case 'update':
      return objectsOf(entity, body).map((about) => entity.update(about));
    case 'delete':
      return namedOf(entity, body).map((named) => entity.delete(named));
    case 'read':
      return namedOf(entity, body).map((named) => entity.read(named));
    default:
      return [entity.rename(named(body, 'sourcedId'), named(body, 'newSourcedId').sourcedId)];
  }
}

/** The operations that are no verb of an object. */
function special(name: string, body: ElementView): readonly Command[] | undefined {
  switch (name) {
    case 'addCourseSectionId':
      return [sections(body, 'add')];
    case 'removeCourseSectionId':
      return [sections(body, 'remove')];
    case 'updateCourseOfferingStatus':
      return [status('offering', body)];
    case 'updateCourseSectionStatus':
      return [status('section', body)];
    default:
      return undefined;
  }
}

function sections(body: ElementView, lists: 'add' | 'remove'): Command {
  const { sourcedId: section } = named(body, 'courseSectionSourcedId');
  return {
    entity: 'association',
    kind: 'association',
    verb: 'update',
    mustExist: true,
    lists,
    ...named(body, 'sectionAssociationSourcedId'),
    fields: { sections: [section] },
  };
}

function status(kind: 'offering' | 'section', body: ElementView): Command {
  const at = `/${body.name}/status`;
  const word = textOf(child(body, 'status'));
  if (word === undefined) throw missing('The status', at);
  const active = activeOf(word);
  if (active === undefined) throw malformed('The status is Active or Inactive', word, at);
  return { entity: 'org_unit', kind, verb: 'update', mustExist: true, ...named(body, 'sourcedId'), fields: { active } };
}

/** The object of the request, which repeats its sourcedId; the operation's is a fallback. */
function objectsOf(entity: Entity, body: ElementView): About[] {
  const { object, at } = required(entity, body);
  const sourcedId = sourcedIdOf(child(object, 'sourcedId'), `${at}/sourcedId`) ?? named(body, 'sourcedId').sourcedId;
  return entity.split({ sourcedId, object, at });
}

function required({ object }: Entity, body: ElementView): Omit<About, 'sourcedId'> {
  const at = `/${body.name}/${object}`;
  const element = child(body, object);
  if (element === undefined) throw missing(`The ${object}`, at);
  return { object: element, at };
}

/** The key of a delete or a read is the operation's sourcedId; a whole membership of several members names each of them. */
function namedOf(entity: Entity, body: ElementView): Named[] {
  const at = `/${body.name}/sourcedId`;
  const object = child(body, entity.object);
  const own = sourcedIdOf(child(body, 'sourcedId'), at);
  if (object === undefined) return [named(body, 'sourcedId')];
  const sourcedId = own ?? requiredSourcedId(child(object, 'sourcedId'), 'The sourcedId', at);
  return entity.split({ sourcedId, object, at }).map((about) => ({ sourcedId: about.sourcedId, at }));
}

function named(body: ElementView, element: string): Named {
  const at = `/${body.name}/${element}`;
  return { sourcedId: requiredSourcedId(child(body, element), 'The sourcedId', at), at };
}
