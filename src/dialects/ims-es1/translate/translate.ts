import type { Command } from '../../../domain/command.ts';
import type { Outcome } from '../../../domain/outcome.ts';
import { GatewayError } from '../../../domain/problem.ts';
import { decodeEnvelope } from '../../../formats/soap/index.ts';
import { charsetOf, parseXml } from '../../../formats/xml/index.ts';
import type { StepsOf } from '../../../pipeline/plugins/index.ts';
import type { ElementView, SourceSystem, Translation } from '../../../pipeline/ports.ts';
import { findOperation } from '../contract/services.ts';
import { entities, type Entity } from './entities.ts';
import { itemOf, itemsOf, type Item, type Verb } from './items.ts';
import { listOf } from './lists.ts';
import type { Asked } from './request.ts';

export const dialectName = 'ims-es1';

/** One message holds as many objects as one of the REST door holds commands. */
const maxItems = 1000;

export interface Es1Translation extends Translation {
  /** What became of the objects of a plural operation that could not be read, by their position. */
  readonly unreadable?: ReadonlyMap<number, Outcome>;
}

/**
 * What a message of IMS Enterprise Services 1.0 wishes. Pure. Throws GatewayError: `unknown_operation`, `unsupported_operation`,
 * `payload_too_large`, and what is wrong with the object of a singular operation; objects of a plural one have outcomes of their own.
 */
export function translate(
  body: ElementView,
  { options }: Pick<SourceSystem, 'options'>,
  stepsOf?: StepsOf,
): Es1Translation {
  const known = findOperation(body.name);
  if (known === undefined) {
    const message = `${body.name} is not an operation of IMS Enterprise Services 1.0.`;
    throw new GatewayError('unknown_operation', message, { at: `/${body.name}` });
  }
  const operation = known.operation.name;
  const asked: Asked = { body, quirks: options.quirks, stepsOf };
  const list = listOf(operation, asked);
  if (list !== undefined) return { dialect: dialectName, operation, commands: [list] };
  const [, verb = '', object = '', plural = ''] = usual.exec(operation) ?? [];
  const entity = entities[object.toLowerCase() as Entity['object']];
  if (plural === '') return { dialect: dialectName, operation, commands: [itemOf(verb as Verb, entity, asked).read()] };
  return {
    dialect: dialectName,
    operation,
    ...readEach(entity, verb as Verb, itemsOf(verb as Verb, entity, asked), body),
  };
}

/** True for the operations that answer one status an object. */
export function isPlural(operation: string): boolean {
  return usual.exec(operation)?.[3] === 's';
}

const usual = /^(create|update|replace|delete|read|change)(Person|Group|Membership)(s?)(?:Identifier)?$/;

/** What a stored message wishes, to send it again. Throws GatewayError. */
export function translateStored(
  body: Buffer,
  contentType: string,
  source: Pick<SourceSystem, 'options'>,
  stepsOf?: StepsOf,
): Es1Translation {
  return translate(decodeEnvelope(parseXml(body, undefined, charsetOf(contentType))).body, source, stepsOf);
}

function readEach(
  entity: Entity,
  verb: Verb,
  items: readonly Item[],
  body: ElementView,
): { commands: Command[]; unreadable: Map<number, Outcome> } {
  if (items.length > maxItems) {
    const message = `The message holds ${items.length} ${entity.object}s; send at most ${maxItems} at a time.`;
    throw new GatewayError('payload_too_large', message, { at: `/${body.name}` });
  }
  const commands: Command[] = [];
  const unreadable = new Map<number, Outcome>();
  items.forEach((item, index) => {
    try {
      commands.push(item.read());
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      unreadable.set(index, refusal(entity, verb, item, error));
    }
  });
  return { commands, unreadable };
}

function refusal(entity: Entity, verb: Verb, { shownId }: Item, { code, message, at }: GatewayError): Outcome {
  const { entity: of, kind } = entity.delete({ sourcedId: shownId, at: '' });
  const problem = { code, message, ...(at === undefined ? {} : { at }) };
  return {
    entity: of,
    kind,
    verb: verb === 'create' ? 'update' : verb === 'change' ? 'rename' : verb,
    sourcedId: shownId,
    status: 'rejected',
    problems: [problem],
  };
}
