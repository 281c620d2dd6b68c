import { GatewayError } from './problem.ts';

/** What IPSIS handles one by one; groups are told apart by what their type is mapped to. */
export const handledEntities = [
  'user',
  'semester',
  'department',
  'org_unit',
  'course_template',
  'course_offering',
  'course_section',
  'section_association',
  'enrollment',
] as const;
export type HandledEntity = (typeof handledEntities)[number];

/** An update is handled as a replace. */
export const handledVerbs = ['replace', 'delete', 'read'] as const;
export type HandledVerb = (typeof handledVerbs)[number];

export type HandlePoint = `handle.${HandledEntity}.${HandledVerb}`;

/** The inbound authenticators; access policies say which of them a sender may use. */
export const inboundPoint = 'authenticate.inbound';

/** The outbound authenticators: no list, an endpoint names the one that is used. */
export const outboundPoint = 'authenticate.outbound';

/** One plug-in in the list of an extension point. */
export interface ListEntry {
  readonly plugin: string;
  /** Lists run in this order; no two entries have the same. */
  readonly sortOrder: number;
  /** As the plug-in's own schema says. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** A list as an administrator chose it: a shipped template by its name, or entries of their own. */
export type ChosenList = { readonly template: string } | { readonly entries: readonly ListEntry[] };

/** What an organization chose, with what a source system chose laid over it; by the name of the extension point. */
export type ChosenLists = ReadonlyMap<string, ChosenList>;

/** Why a list is refused. Stable. */
export const listReasonCodes = [
  'unknown_plugin',
  'wrong_point',
  'duplicate_plugin',
  'duplicate_sort_order',
  'base_missing',
  'base_not_first',
  'required_missing',
  'companion_missing',
  'wrong_order',
  'exclusive_plugins',
  'invalid_options',
  'unknown_template',
] as const;
export type ListReasonCode = (typeof listReasonCodes)[number];

export interface ListReason {
  readonly code: ListReasonCode;
  readonly message: string;
  readonly plugin?: string;
}

/** A list that may not be put, with every reason. */
export class ListRefused extends GatewayError {
  readonly reasons: readonly ListReason[];

  constructor(point: string, reasons: readonly ListReason[]) {
    const said = reasons.map(({ message }) => message).join(' ');
    super('invalid_plugin_list', `The list of ${point} is refused: ${said}`, { field: 'entries' });
    this.reasons = reasons;
  }
}
