import { AsyncLocalStorage } from 'node:async_hooks';
import type { RequestListener } from 'node:http';
import type { RemoteOf } from '../http/remote.ts';
import type { AuthenticatedMessage, Door, Message } from '../pipeline/ports.ts';
import type { SourceSystemLookup } from '../state/source-system-lookup.ts';

/** What every log line of a request says: where it came from and, once that is known, from whom. */
type Context = { address: string; door?: Door; userName?: string; sourceSystem?: string };

const contexts = new AsyncLocalStorage<Context>();

/** The fields of the request that is being worked on, for the log. */
export function requestFields(): object {
  return { ...contexts.getStore() };
}

/** Runs each request in a context of its own. */
export function withRequestContext(handler: RequestListener, remoteOf: RemoteOf): RequestListener {
  return (request, response) => {
    contexts.run({ address: remoteOf(request).address }, () => handler(request, response));
  };
}

/** Notes who a message comes from, once it is authenticated. */
export function notingSender(
  authenticate: (message: Message) => Promise<AuthenticatedMessage>,
  sources: SourceSystemLookup,
): (message: Message) => Promise<AuthenticatedMessage> {
  return async (message) => {
    const authenticated = await authenticate(message);
    const context = contexts.getStore();
    if (context === undefined) return authenticated;
    const { userName, organizationId, sourceSystemId } = authenticated.principal;
    context.door = message.door;
    context.userName = userName;
    const source = await sources.get(organizationId, sourceSystemId);
    if (source !== undefined) context.sourceSystem = source.code;
    return authenticated;
  };
}
