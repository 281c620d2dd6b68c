import type { OutboundAuthenticator } from '../outbound.ts';
import type { MessageAuthenticator } from '../ports.ts';
import { guardAuthenticator } from './guard.ts';
import type { ListPoint } from './points.ts';
import type {
  Contributions,
  HandlerFunctions,
  HandlerPlugin,
  ListedPlugin,
  TranslatorFunction,
  TranslatorPlugin,
} from './plugin.ts';

/** All that can stand in a list, and the points that have lists. Made once at boot. */
export interface Registry {
  readonly points: ReadonlyMap<string, ListPoint>;
  readonly handlers: ReadonlyMap<string, HandlerPlugin>;
  readonly translators: ReadonlyMap<string, TranslatorPlugin>;
  readonly authenticators: readonly MessageAuthenticator[];
  readonly outboundAuthenticators: ReadonlyMap<string, OutboundAuthenticator>;
  /** Whose it is: the name of the package, by the name of what it brought. */
  readonly packageOf: (kind: PluginKind, name: string) => string;
  /** Is what is called so at a point ours, and no package's? */
  readonly isShipped: (point: ListPoint, name: string) => boolean;
  /** What may stand at a point, by name. */
  listed(point: ListPoint): ReadonlyMap<string, AnyListed>;
}

export type PluginKind = 'handler' | 'translator' | 'authenticator' | 'outbound authenticator';
export type AnyListed = ListedPlugin<HandlerFunctions | TranslatorFunction>;

/** Plug-ins that cannot be used together, or at all; in words for the operator. */
export class PluginError extends Error {
  override readonly name = 'PluginError';
}

export interface Contributor extends Contributions {
  readonly name: string;
}

/**
 * Puts together what all plug-ins bring.
 *
 * @throws PluginError for a name that two of them claim, a name that is not kebab-case, an unknown extension point.
 */
export function createRegistry(points: readonly ListPoint[], contributors: readonly Contributor[]): Registry {
  const byPoint = new Map(points.map((point) => [point.name, point]));
  const owners = new Map<string, string>();
  const claim = (kind: PluginKind, name: string, owner: string): void => {
    if (!/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(name))
      throw new PluginError(`The plug-in ${owner} brings a ${kind} called "${name}": names are in kebab-case.`);
    const taken = owners.get(`${kind} ${name}`);
    if (taken !== undefined)
      throw new PluginError(
        `Two plug-ins bring a ${kind} called ${name}: ${taken} and ${owner}. Take one of them out of PASSERELLE_PLUGINS.`,
      );
    owners.set(`${kind} ${name}`, owner);
  };
  const handlers = new Map<string, HandlerPlugin>();
  const translators = new Map<string, TranslatorPlugin>();
  const authenticators: MessageAuthenticator[] = [];
  const outboundAuthenticators = new Map<string, OutboundAuthenticator>();
  for (const { name: owner, ...brought } of contributors) {
    for (const handler of brought.handlers ?? []) {
      claim('handler', handler.name, owner);
      requirePoints(byPoint, handler, 'handle', owner);
      handlers.set(handler.name, handler);
    }
    for (const translator of brought.translators ?? []) {
      claim('translator', translator.name, owner);
      requirePoints(byPoint, translator, 'translate', owner);
      translators.set(translator.name, translator);
    }
    for (const authenticator of brought.authenticators ?? []) {
      claim('authenticator', authenticator.name, owner);
      authenticators.push(guardAuthenticator(authenticator));
    }
    for (const authenticator of brought.outboundAuthenticators ?? []) {
      claim('outbound authenticator', authenticator.name, owner);
      outboundAuthenticators.set(authenticator.name, authenticator);
    }
  }
  return {
    points: byPoint,
    handlers,
    translators,
    authenticators,
    outboundAuthenticators,
    packageOf: (kind, name) => owners.get(`${kind} ${name}`) ?? 'unknown',
    isShipped: ({ kind }, name) => owners.get(`${kinds[kind]} ${name}`) === shippedOwner,
    listed: ({ kind }) => (kind === 'handle' ? handlers : translators),
  };
}

/** What all that is shipped calls itself; no plug-in may (it is refused at boot). */
const shippedOwner = 'passerelle';

const kinds = { handle: 'handler', translate: 'translator' } as const;

function requirePoints(
  points: ReadonlyMap<string, ListPoint>,
  plugin: AnyListed,
  kind: ListPoint['kind'],
  owner: string,
): void {
  const wrong = plugin.points.find((name) => points.get(name)?.kind !== kind);
  if (wrong === undefined) return;
  throw new PluginError(
    `The plug-in ${owner} wants ${plugin.name} to stand at "${wrong}", which is no extension point of this kind.`,
  );
}
