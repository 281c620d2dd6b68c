import { createEndpointSetter, type EndpointSetter } from '../auth/endpoints/endpoint-setter.ts';
import type { Administration } from '../domain/administration/index.ts';
import { createEndpointCalls, type EndpointCalls, type EndpointCallsParts } from '../pipeline/endpoint-calls.ts';
import type { Outbound } from './outbound.ts';

/** Endpoints as they are set and called, by the API, by commands and by what sends of itself. */
export type Endpoints = EndpointSetter & EndpointCalls;

export function createEndpoints(
  { endpoints, outboundJournal: journal }: Pick<Administration, 'endpoints' | 'outboundJournal'>,
  { caller, authenticators }: Pick<Outbound, 'caller' | 'authenticators'>,
  log: EndpointCallsParts['log'],
): Endpoints {
  return {
    ...createEndpointSetter(endpoints, [...authenticators.values()]),
    ...createEndpointCalls({ endpoints, journal, caller, log }),
  };
}
