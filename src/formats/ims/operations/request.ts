import type { Command } from '../../../domain/command.ts';
import type { EntityKind, WireKind } from '../../../domain/entities.ts';
import type { Quirks } from '../../../domain/source-system.ts';
import type { ElementView } from '../../../pipeline/ports.ts';
import { onlyId, requiredSourcedId } from '../sourced-id.ts';

/** A request whose operation is known. */
export interface ImsRequest {
  /** The element in the Body: `replacePersonRequest`. */
  readonly body: ElementView;
  readonly quirks: Quirks;
}

/** What commands about an object are about. */
export interface Target {
  readonly entity: EntityKind;
  readonly kind: WireKind;
}

/** The objects of LIS, as in the names of their operations. */
export const targets = {
  Person: { entity: 'user', kind: 'person' },
  Group: { entity: 'org_unit', kind: 'group' },
  Membership: { entity: 'enrollment', kind: 'membership' },
  CourseTemplate: { entity: 'org_unit', kind: 'template' },
  CourseOffering: { entity: 'org_unit', kind: 'offering' },
  CourseSection: { entity: 'org_unit', kind: 'section' },
  SectionAssociation: { entity: 'association', kind: 'association' },
} as const satisfies Record<string, Target>;

/** What a request of one operation wishes. Throws GatewayError for what is wrong with it. */
export type Meaning<Request extends ImsRequest = ImsRequest> = (request: Request) => Command[];

/** A command without what it is about. */
type Wish<C = Command> = C extends { fields: unknown }
  ? Omit<C, 'entity' | 'kind' | 'fields'> & { fields: object }
  : C extends unknown
    ? Omit<C, 'entity' | 'kind'>
    : never;

/** A command about an object: its fields are of that kind, which the compiler cannot see here. */
export function commandAbout({ entity, kind }: Target, wish: Wish): Command {
  return { entity, kind, ...wish } as Command;
}

/** An id that the operation itself names, under one of several spellings. Throws `incomplete_data`, and `invalid_data` for several. */
export function idIn(
  { body, quirks }: ImsRequest,
  what: string,
  ...names: readonly [string, ...string[]]
): { sourcedId: string; at: string } {
  const at = `/${body.name}/${names[0]}`;
  return { sourcedId: requiredSourcedId(onlyId(body, at, ...names), what, at, quirks), at };
}
