import { statesFields } from '../../domain/command.ts';
import type { EntityKind } from '../../domain/entities.ts';
import { GatewayError, toProblem } from '../../domain/problem.ts';
import type { SourceSystem } from '../ports.ts';
import { PluginFault } from './guard.ts';
import { commandKinds, fieldKinds, isObject, isProblem, type Kind, problems, requiredFields } from './kinds.ts';
import type { HandlerFunctions, TranslatorFunction } from './plugin.ts';
import type { Item } from './run-handlers.ts';

/*
 * What a step of somebody else's plug-in leaves behind is looked at before anybody relies on it: its author may have done
 * without types, and what is wrong would otherwise be stored, or fall on the feet of a step that stands behind. Shipped steps
 * need no such look: they are held to their types, and to the conformance kits.
 */

/** A handler that throws PluginFault when it leaves what is no command of the same key, or refuses or warns with what is no problem. */
export function inspectHandler(made: HandlerFunctions, culprit: string): HandlerFunctions {
  return {
    ...(made.handle === undefined ? {} : { handle: inspected(made.handle.bind(made), culprit) }),
    ...(made.read === undefined ? {} : { read: inspected(made.read.bind(made), culprit) }),
  };
}

/** A step that throws PluginFault when it states what is no field of its entity, or notes what is no problem. */
export function inspectTranslator(made: TranslatorFunction, point: string, culprit: string): TranslatorFunction {
  const entity = entityOf(point);
  return (record, fields) => {
    refusing(() => {
      made(record, fields);
    }, culprit);
    const wrong = wrongField(fields, entity) ?? (problems.is(record.notes) ? undefined : `noted ${noProblem}`);
    if (wrong !== undefined) throw new PluginFault(culprit, wrong);
  };
}

type Run<I extends Item> = (batch: readonly I[], source: SourceSystem) => void;

function inspected<I extends Item>(run: Run<I>, culprit: string): Run<I> {
  return (batch, source) => {
    const before = batch.map((item) => ({ item, found: foundOf(item.command) }));
    refusing(() => {
      run(batch, source);
    }, culprit);
    for (const { item, found } of before) {
      const wrong = wrongCommand(item.command, found) ?? wrongProblems(item);
      if (wrong !== undefined) throw new PluginFault(culprit, wrong);
    }
  };
}

/** A refusal that is thrown is looked at as well. */
function refusing(run: () => void, culprit: string): void {
  try {
    run();
  } catch (error) {
    if (error instanceof GatewayError && !isProblem(toProblem(error)))
      throw new PluginFault(culprit, `refused with ${noProblem}`, { cause: error });
    throw error;
  }
}

const noProblem = 'what is no problem: it needs a code of the catalogue and a message';

const keyParts = ['verb', 'entity', 'kind', 'sourcedId'] as const;

/** What a handler found, and may not take away: it may have changed the command in place. */
interface Found {
  readonly key: Readonly<Record<(typeof keyParts)[number], string>>;
  readonly required: readonly string[];
}

function foundOf(command: Item['command']): Found {
  const { verb, entity, kind, sourcedId } = command;
  const fields: object = command.verb === 'replace' ? command.fields : {};
  return {
    key: { verb, entity, kind, sourcedId },
    required: requiredFields[entity].filter((name) => name in fields),
  };
}

/** What is wrong with a command that a handler left; types are what is not believed here. */
function wrongCommand(command: Item['command'], { key, required }: Found): string | undefined {
  if (!isObject(command)) return 'left what is no command';
  const changed = keyParts.find((part) => command[part] !== key[part]);
  if (changed !== undefined) return `changed the ${changed} of a command: its key stays as the source system sent it`;
  const part = wrongPart('the command', command, commandKinds);
  if (part !== undefined || !statesFields(command)) return part;
  const { verb, entity } = command;
  const fields: unknown = command.fields;
  if (!isObject(fields)) return `left the command (${verb}) of the entity ${entity} without fields`;
  const missing = required.find((name) => fields[name] === undefined);
  if (missing !== undefined)
    return `took the field ${missing} away, which the command (${verb}) of the entity ${entity} needs`;
  return wrongField(fields, entity);
}

function wrongField(fields: Readonly<Record<string, unknown>>, entity: EntityKind): string | undefined {
  const kinds: Readonly<Record<string, Kind>> = fieldKinds[entity];
  const foreign = Object.keys(fields).find((name) => !Object.hasOwn(kinds, name));
  if (foreign !== undefined)
    return `stated the field ${JSON.stringify(foreign)}, which the entity ${entity} does not have`;
  return wrongPart('the field', fields, kinds);
}

function wrongPart(
  what: string,
  parts: Readonly<Record<string, unknown>>,
  kinds: Readonly<Record<string, Kind>>,
): string | undefined {
  for (const name in kinds) {
    const value = parts[name];
    const kind = kinds[name];
    if (value === undefined || kind === undefined || kind.is(value)) continue;
    return `stated ${what} ${name} as something else than ${kind.what}`;
  }
  return undefined;
}

function wrongProblems({ refusal, warnings }: Item): string | undefined {
  if (refusal !== undefined && !isProblem(refusal)) return `refused with ${noProblem}`;
  return problems.is(warnings) ? undefined : `warned of ${noProblem}`;
}

/** By the record that the point reads: `translate.lis2.person`. What is none of these becomes an org unit. */
function entityOf(point: string): EntityKind {
  const [record = ''] = point.split('.').slice(-1);
  return entities[record] ?? 'org_unit';
}

const entities: Readonly<Record<string, EntityKind | undefined>> = {
  person: 'user',
  membership: 'enrollment',
  section_association: 'association',
};
