import type { Endpoint, EndpointSecrets } from '../domain/endpoint.ts';
import type { OutboundCall, OutboundCaller } from '../pipeline/outbound.ts';
import type { ElementView } from '../pipeline/ports.ts';
import type { Plan } from './attempt.ts';
import { type Calling, noted, type OutboundCallerOptions, sendSoap } from './calling.ts';
import { systemClock } from './clock.ts';
import { download } from './download.ts';
import { plainValues } from './plain-values.ts';
import { chooseAuthenticator, parseAddress } from './plan.ts';
import { type Attempted, attempted } from './retry.ts';
import { createSoapWriter, type OutboundContract, type SoapRequest } from './soap-request.ts';
import { tryEndpoint } from './try-endpoint.ts';

/** Calls endpoints of source systems: SOAP operations, files, and tests of a connection. */
export function createOutboundCaller(options: OutboundCallerOptions): OutboundCaller {
  const calling: Calling = { clock: systemClock, random: Math.random, ...options };
  const write = createSoapWriter();
  return {
    async call(endpoint, secrets, call) {
      const contract = calling.contracts[call.contract];
      if (contract === undefined) throw new Error(`there is no contract ${call.contract}`);
      const request = await write(endpoint, contract, call);
      const made = await callSoap(calling, endpoint, secrets, request, operationOf(contract, call));
      return noted(calling, endpoint, call.operation, made, request.body);
    },
    async download(endpoint, secrets, address, limitBytes, sink, from = 0) {
      const made = await download(calling, endpoint, secrets, { address, limitBytes, sink, from });
      return noted(calling, endpoint, 'download', made);
    },
    test: (endpoint, secrets, messageIdentifier) => tryEndpoint(calling, { endpoint, secrets, messageIdentifier }),
  };
}

type ReadBody = (body: ElementView | undefined) => unknown;

function operationOf({ service }: OutboundContract, { operation: name }: OutboundCall): ReadBody {
  const operation = service.managers.flatMap(({ operations }) => operations).find((each) => each.name === name);
  return (body) => body && plainValues(body, service, operation?.response ?? []);
}

function callSoap(
  calling: Calling,
  endpoint: Endpoint,
  secrets: EndpointSecrets,
  request: SoapRequest,
  readBody: ReadBody,
): Promise<Attempted<unknown>> {
  return attempted(calling, endpoint.attempts, async (trace) => {
    const url = parseAddress(endpoint.address);
    const authenticator = chooseAuthenticator(calling.authenticators, endpoint, secrets, url);
    const plan: Plan = { endpoint, secrets, url, authenticator, method: 'POST', ...request };
    return readBody(await sendSoap(calling, plan, trace));
  });
}
