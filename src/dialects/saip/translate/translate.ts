import type { Command } from '../../../domain/command.ts';
import type { Outcome } from '../../../domain/outcome.ts';
import { GatewayError } from '../../../domain/problem.ts';
import type { Quirks } from '../../../domain/source-system.ts';
import {
  type About,
  activeOf,
  child,
  malformed,
  missing,
  requiredSourcedId,
  sourcedIdOf,
  textOf,
} from '../../../formats/ims/index.ts';
import { operationName } from '../../../formats/wsdl/index.ts';
import type { StepsOf } from '../../../pipeline/plugins/index.ts';
import type { ElementView, SourceSystem, Translation } from '../../../pipeline/ports.ts';
import { findOperation } from '../contract/services.ts';
import { entities, type Entity, type Named } from './entities.ts';
import { translateSnapshot } from './snapshot.ts';
import { inOneSpelling } from './spelling.ts';

export const dialectName = 'saip';

export const snapshotRoot = 'enterprise';

/** The body of a request, and the habits of its sender. */
interface Asked {
  readonly body: ElementView;
  readonly quirks: Quirks;
  readonly stepsOf: StepsOf | undefined;
}

export interface SaipTranslation extends Translation {
  /** What became of the records of a snapshot that could not be read, by their position. */
  readonly unreadable?: ReadonlyMap<number, Outcome>;
}

/**
 * What a message of PeopleSoft SAIP wishes of a source system: an operation, or a snapshot. Pure. Throws GatewayError: `unknown_operation`,
 * `unsupported_operation`, and what is wrong with the record (`incomplete_data`, `invalid_data`, `value_too_long`).
 */
export function translate(
  sent: ElementView,
  { options }: Pick<SourceSystem, 'options'>,
  stepsOf?: StepsOf,
): SaipTranslation {
  const body = inOneSpelling(sent);
  const { quirks } = options;
  if (body.name === snapshotRoot)
    return { dialect: dialectName, operation: snapshotRoot, ...translateSnapshot(body, quirks, stepsOf) };
  const known = findOperation(body.name);
  const at = `/${body.name}`;
  if (known === undefined)
    throw new GatewayError('unknown_operation', `${body.name} is not an operation of PeopleSoft SAIP.`, { at });
  const { name, supported } = known.operation;
  const asked: Asked = { body, quirks, stepsOf };
  const commands = supported ? (special(name, asked) ?? usual(name, asked)) : undefined;
  if (commands === undefined) {
    const message = `The operation ${name} of the ${known.service.name} is not supported.`;
    throw new GatewayError('unsupported_operation', message, { at });
  }
  return { dialect: dialectName, operation: operationName(body.name), commands };
}

/** Create, update, replace, delete, read and change of the identifier of each kind of object. */
function usual(name: string, asked: Asked): readonly Command[] | undefined {
  const [, verb = '', object = ''] =
    /^(createByProxy|create|update|replace|delete|read|change)([A-Z]\w*?)(?:Identifier)?$/.exec(name) ?? [];
  const entity = entities.get(object.charAt(0).toLowerCase() + object.slice(1));
  if (entity === undefined) return undefined;
  switch (verb) {
    case 'create':
      return objectsOf(entity, asked).map((about) => entity.replace(about, { mustNotExist: true }));
    case 'createByProxy':
      return [entity.replace({ ...required(entity, asked), sourcedId: '' }, { allocate: true })];
    case 'replace':
      return objectsOf(entity, asked).map((about) => entity.replace(about));
    case 'update':
      return objectsOf(entity, asked).map((about) => entity.update(about));
    case 'delete':
      return namedOf(entity, asked).map((named) => entity.delete(named));
    case 'read':
      return namedOf(entity, asked).map((named) => entity.read(named));
    default:
      return [entity.rename(named(asked, 'sourcedId'), named(asked, 'newSourcedId').sourcedId)];
  }
}

/** The operations that are no verb of an object. */
function special(name: string, asked: Asked): readonly Command[] | undefined {
  switch (name) {
    case 'addCourseSectionId':
      return [sections(asked, 'add')];
    case 'removeCourseSectionId':
      return [sections(asked, 'remove')];
    case 'updateCourseOfferingStatus':
      return [status('offering', asked)];
    case 'updateCourseSectionStatus':
      return [status('section', asked)];
    default:
      return undefined;
  }
}

function sections(asked: Asked, lists: 'add' | 'remove'): Command {
  const { sourcedId: section } = named(asked, 'courseSectionSourcedId');
  return {
    entity: 'association',
    kind: 'association',
    verb: 'update',
    mustExist: true,
    lists,
    ...named(asked, 'sectionAssociationSourcedId'),
    fields: { sections: [section] },
  };
}

function status(kind: 'offering' | 'section', asked: Asked): Command {
  const { body } = asked;
  const at = `/${body.name}/status`;
  const word = textOf(child(body, 'status'));
  if (word === undefined) throw missing('The status', at);
  const active = activeOf(word);
  if (active === undefined) throw malformed('The status is Active or Inactive', word, at);
  return {
    entity: 'org_unit',
    kind,
    verb: 'update',
    mustExist: true,
    ...named(asked, 'sourcedId'),
    fields: { active },
  };
}

/** The object of the request, which repeats its sourcedId; the operation's is a fallback. */
function objectsOf(entity: Entity, asked: Asked): About[] {
  const found = required(entity, asked);
  const { object, at, quirks } = found;
  const sourcedId =
    sourcedIdOf(child(object, 'sourcedId'), `${at}/sourcedId`, quirks) ?? named(asked, 'sourcedId').sourcedId;
  return entity.split({ ...found, sourcedId });
}

function required({ object }: Entity, { body, quirks, stepsOf }: Asked): Omit<About, 'sourcedId'> {
  const at = `/${body.name}/${object}`;
  const element = child(body, object);
  if (element === undefined) throw missing(`The ${object}`, at);
  return { object: element, at, quirks, stepsOf };
}

/** The key of a delete or a read is the operation's sourcedId; a whole membership of several members names each of them. */
function namedOf(entity: Entity, asked: Asked): Named[] {
  const { body, quirks } = asked;
  const at = `/${body.name}/sourcedId`;
  const object = child(body, entity.object);
  if (object === undefined) return [named(asked, 'sourcedId')];
  const own = sourcedIdOf(child(body, 'sourcedId'), at, quirks);
  const sourcedId = own ?? requiredSourcedId(child(object, 'sourcedId'), 'The sourcedId', at, quirks);
  return entity.split({ sourcedId, object, at, quirks }).map((about) => ({ sourcedId: about.sourcedId, at }));
}

function named({ body, quirks }: Asked, element: string): Named {
  const at = `/${body.name}/${element}`;
  return { sourcedId: requiredSourcedId(child(body, element), 'The sourcedId', at, quirks), at };
}
