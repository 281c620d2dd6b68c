import type {
  Editor,
  EndpointAdministration,
  EndpointView,
  EndpointWish,
  Expected,
} from '../../domain/administration/index.ts';
import type { EndpointType } from '../../domain/endpoint.ts';
import { decideEndpoint, type KnownAuthenticator } from './decide-endpoint.ts';

/** Sets endpoints: checks what is wished against what is there and what authenticators there are. */
export interface EndpointSetter {
  /** Throws GatewayError: `invalid_request`, `not_found` (source system), `conflict`. */
  put(
    editor: Editor,
    sourceSystem: string,
    type: EndpointType,
    wish: EndpointWish,
    expected: Expected,
  ): Promise<EndpointView>;
}

export function createEndpointSetter(
  endpoints: Pick<EndpointAdministration, 'put'>,
  authenticators: readonly KnownAuthenticator[],
  now: () => Date = () => new Date(),
): EndpointSetter {
  return {
    put: (editor, sourceSystem, type, wish, expected) =>
      endpoints.put(editor, sourceSystem, type, expected, (before, closed) =>
        decideEndpoint(wish, { type, before, closed, authenticators, now: now() }),
      ),
  };
}
