import type { Command } from '../../../domain/command.ts';
import type { Quirks } from '../../../domain/source-system.ts';
import type { TranslatorFunction } from '../../../pipeline/plugins/index.ts';
import type { ElementView } from '../../../pipeline/ports.ts';
import type { LisEntity } from './entities.ts';
import { child, requiredSourcedId } from '../../../formats/ims/index.ts';

/** A request whose operation is known. */
export interface LisRequest {
  /** The element in the Body: `replacePersonRequest`. */
  readonly body: ElementView;
  readonly quirks: Quirks;
  /** The steps that read a record; absent: all that there are. */
  readonly stepsOf?: StepsOf;
}

/** The steps of a kind of object, in the order that was chosen. */
export type StepsOf = (entity: LisEntity) => readonly { readonly made: TranslatorFunction }[];

/** What a request of one operation wishes. Throws GatewayError for what is wrong with it. */
export type Meaning = (request: LisRequest) => Command[];

/** A command without what it is about. */
type Wish<C = Command> = C extends { fields: unknown }
  ? Omit<C, 'entity' | 'kind' | 'fields'> & { fields: object }
  : C extends unknown
    ? Omit<C, 'entity' | 'kind'>
    : never;

/** A command about an object of an entity: its steps state the fields of its own kind, which the compiler cannot see here. */
export function commandAbout(entity: LisEntity, wish: Wish): Command {
  return { ...entity.target, ...wish } as Command;
}

/** An id that the operation itself names, under one of several spellings. */
export function idIn(
  { body, quirks }: LisRequest,
  what: string,
  ...names: readonly [string, ...string[]]
): { sourcedId: string; at: string } {
  const at = `/${body.name}/${names[0]}`;
  return { sourcedId: requiredSourcedId(child(body, ...names), what, at, quirks), at };
}
