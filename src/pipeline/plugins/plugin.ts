import type { ReadCommand } from '../../domain/command.ts';
import type { Problem } from '../../domain/problem.ts';
import type { Quirks } from '../../domain/source-system.ts';
import type { OutboundAuthenticator } from '../outbound.ts';
import type { BatchItem, ElementView, MessageAuthenticator, SourceSystem } from '../ports.ts';

/** The version of the contracts in this folder and in `ports.ts`; a plug-in that was made for another is refused at boot. */
export const pluginApiVersion = 1;

/** What zod's schemas are, as far as options need it. */
export interface Schema<Value> {
  safeParse(
    value: unknown,
  ): { success: true; data: Value } | { success: false; error: { issues: readonly SchemaIssue[] } };
}

export interface SchemaIssue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/**
 * Where an entry may stand in a list. `read` (a base) comes first; then `validate` before `create` before `save`; a
 * `rule` stands after the base and before what is saved or deleted; `effect` is what happens in the LMS, before the declared
 * record goes; `delete` is last; `after` stands anywhere behind the base.
 */
export type Stage = 'read' | 'rule' | 'validate' | 'create' | 'save' | 'effect' | 'delete' | 'after';

/** What every plug-in of an ordered list says of itself. */
export interface ListedPlugin<Made, Options = unknown> {
  /** Kebab-case; unique over all plug-ins of its kind. */
  readonly name: string;
  /** One sentence: what it does. */
  readonly summary: string;
  /** The extension points in which it may stand. */
  readonly points: readonly string[];
  readonly stage: Stage;
  /** Its name in IPSIS, at a point. */
  readonly alias?: (point: string) => string | undefined;
  /** The points whose lists are refused without it. */
  readonly requiredAt?: readonly string[];
  /** It may not stand beside these. */
  readonly excludes?: readonly string[];
  /** At a point, it needs one of these beside it. */
  readonly needs?: (point: string) => readonly string[] | undefined;
  readonly options?: Schema<Options>;
  /** Is called once for each entry, with its parsed options. */
  make(options: Options): Made;
  /** What happens when a list of one of its points does without it; `others` are the names that are in the list. */
  leftOut?(others: ReadonlySet<string>): Made | undefined;
}

/** A read on its way through the handlers. */
export interface ReadItem {
  command: ReadCommand;
  readonly warnings: Problem[];
  refusal?: Problem;
}

/**
 * What a handler does with the commands of its extension point, in the order of its list. Pure functions of the batch: no
 * I/O. What depends on what is there is wished (`wish`), and honoured where commands are declared.
 */
export interface HandlerFunctions {
  handle?(batch: readonly BatchItem[], source: SourceSystem): void;
  read?(batch: readonly ReadItem[], source: SourceSystem): void;
}
export type HandlerPlugin<Options = unknown> = ListedPlugin<HandlerFunctions, Options>;

/** One record on its way through the steps of its translator. */
export interface TranslatedRecord {
  readonly sourcedId: string;
  /** The element that holds the record: `person`, `group`, `courseSection`... */
  readonly object: ElementView;
  /** The XML path of `object`. */
  readonly at: string;
  /** What had to be overlooked: warnings of the answer. */
  readonly notes: Problem[];
  /** An update: it states what it holds and nothing else, and may hold little. */
  readonly partial: boolean;
  readonly quirks: Quirks;
}

/** Reads one part of a record into the fields. Throws GatewayError for a record that cannot be taken. */
export type TranslatorFunction = (record: TranslatedRecord, fields: Record<string, unknown>) => void;
export type TranslatorPlugin<Options = unknown> = ListedPlugin<TranslatorFunction, Options>;

/** What a plug-in adds under names. */
export interface Contributions {
  readonly handlers?: readonly HandlerPlugin[];
  readonly translators?: readonly TranslatorPlugin[];
  /** Links of the chain that knows senders, behind the shipped ones. */
  readonly authenticators?: readonly MessageAuthenticator[];
  /** What the gateway proves itself with to endpoints, which name one of them. */
  readonly outboundAuthenticators?: readonly OutboundAuthenticator[];
}

export interface PluginContext {
  readonly log: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
  };
}

/** A package that adds authenticators, translators or handlers. Runs in the gateway's process with full trust. */
export interface Plugin<Options = unknown> extends Contributions {
  readonly name: string;
  readonly apiVersion: number;
  /** Of the setting PASSERELLE_PLUGIN_OPTIONS, under the plug-in's name. */
  readonly options?: Schema<Options>;
  /** Is called once at boot, with the parsed options; what it opens is closed in the reverse order of opening. */
  open?(options: Options, context: PluginContext): OpenPlugin | Promise<OpenPlugin>;
}

export interface OpenPlugin extends Contributions {
  close?(): void | Promise<void>;
}

/** Defines a plug-in; its options have the type of its schema. */
export function definePlugin<Options = undefined>(plugin: Plugin<Options>): Plugin {
  return plugin;
}

/** Defines a handler; its options have the type of its schema. */
export function defineHandler<Options = undefined>(handler: HandlerPlugin<Options>): HandlerPlugin {
  return handler;
}

/** Defines a step of a translator; its options have the type of its schema. */
export function defineTranslator<Options = undefined>(step: TranslatorPlugin<Options>): TranslatorPlugin {
  return step;
}
