import { child, children, malformed, missing, only, onlyId } from '../../../formats/ims/index.ts';
import type { ElementView } from '../../../pipeline/ports.ts';
import type { Command } from '../../../domain/command.ts';
import type { Entity, Named } from './entities.ts';
import { identifierOf } from './limits.ts';
import type { Asked } from './request.ts';

export type Verb = 'create' | 'update' | 'replace' | 'delete' | 'read' | 'change';

/** One object of a request: what it is called before it is read, and how it becomes a command. */
export interface Item {
  readonly shownId: string;
  read(): Command;
}

/** The one object of a singular operation. */
export function itemOf(verb: Verb, entity: Entity, asked: Asked): Item {
  const { body, quirks } = asked;
  const at = `/${body.name}`;
  if (verb === 'change') return renaming(entity, body, ['sourcedId', 'newSourcedId'], at, quirks);
  if (verb === 'delete' || verb === 'read') {
    const where = `${at}/sourcedId`;
    return naming(verb, entity, onlyId(body, where, 'sourcedId'), where, quirks);
  }
  return stating(verb, entity, body, at, asked);
}

/** The objects of a plural operation, in their order. Throws `incomplete_data` without the set. */
export function itemsOf(verb: Verb, entity: Entity, asked: Asked): Item[] {
  const { body, quirks } = asked;
  const sets = body.children.filter(({ name }) => /Set$/i.test(name));
  const [set] = sets;
  if (set === undefined) throw missing(`The set of the ${entity.object}s`, `/${body.name}`);
  const at = `/${body.name}/${set.name}`;
  // What is in another one would be lost without a word.
  if (sets.length > 1) throw malformed('A request has one set', String(sets.length), `count(${at})`);
  if (verb === 'delete' || verb === 'read') {
    return children(set, 'identifier', 'sourcedId').map((each, index) =>
      naming(verb, entity, each, `${at}/${each.name}[${index + 1}]`, quirks),
    );
  }
  return set.children
    .filter(({ name }) => /Pair$/i.test(name))
    .map((pair, index) => {
      const where = `${at}/${pair.name}[${index + 1}]`;
      return verb === 'change'
        ? renaming(entity, pair, ['firstId', 'secondId'], where, quirks)
        : stating(verb, entity, pair, where, asked);
    });
}

function stating(
  verb: 'create' | 'update' | 'replace',
  entity: Entity,
  holder: ElementView,
  at: string,
  { quirks, stepsOf }: Asked,
): Item {
  return {
    shownId: shown(child(holder, 'sourcedId', 'sourceId')),
    read() {
      const idAt = `${at}/sourcedId`;
      const id = onlyId(holder, idAt, 'sourcedId', 'sourceId');
      const sourcedId = identifierOf(id, entity.object, { at: idAt, quirks });
      const where = `${at}/${entity.object}`;
      const object = only(holder, entity.object, where);
      if (object === undefined) throw missing(`The ${entity.object}`, where);
      return entity[verb]({ sourcedId, object, at: where, quirks, stepsOf });
    },
  };
}

function naming(
  verb: 'delete' | 'read',
  entity: Entity,
  element: ElementView | undefined,
  at: string,
  quirks: Asked['quirks'],
): Item {
  return {
    shownId: shown(element),
    read: () => entity[verb]({ sourcedId: identifierOf(element, entity.object, { at, quirks }), at }),
  };
}

function renaming(
  entity: Entity,
  holder: ElementView,
  [from, to]: readonly [string, string],
  at: string,
  quirks: Asked['quirks'],
): Item {
  const named = (name: string): Named => {
    const where = `${at}/${name}`;
    return { sourcedId: identifierOf(onlyId(holder, where, name), entity.object, { at: where, quirks }), at: where };
  };
  return { shownId: shown(child(holder, from)), read: () => entity.rename(named(from), named(to).sourcedId) };
}

function shown(element: ElementView | undefined): string {
  return (child(element, 'identifier') ?? element)?.text.trim().slice(0, 100) ?? '';
}
