import { randomUUID } from 'node:crypto';
import type { Endpoint, EndpointSecrets } from '../domain/endpoint.ts';
import { soapVersions, writeEnvelope } from '../formats/soap/index.ts';
import type { ServiceContract } from '../formats/wsdl/index.ts';
import { element } from '../formats/xml/index.ts';
import type { EndpointTest, OutboundAuthenticator } from '../pipeline/outbound.ts';
import { attempt, type Plan, type Trace } from './attempt.ts';
import type { CallFailed, CallStep } from './call-failed.ts';
import { type Calling, noted, sendSoap } from './calling.ts';
import { anonymous, chooseAuthenticator, parseAddress } from './plan.ts';
import { refuseStatus } from './refuse-status.ts';
import { type Attempted, attempted } from './retry.ts';

type Step = EndpointTest['steps'][number];

/** An operation that no service has. */
const unknownOperation = 'passerelleConnectionTest';

/**
 * Tries an endpoint out. A SOAP service is asked for an operation that no service has, with the credentials of the endpoint:
 * whatever the SIS implements, nothing can change by it, and the fault or status that says so has passed all that a call
 * has to pass. (A `GET ?wsdl` would tell neither credentials nor SOAP; a read would be answered by few.) Then the same is
 * sent without credentials: only where that is refused, the first was accepted because they are right. They are never tried
 * wrong, which could lock the account. Of files, the address itself is fetched, and what comes is not read.
 */
export async function tryEndpoint(
  calling: Calling,
  endpoint: Endpoint,
  secrets: EndpointSecrets,
): Promise<EndpointTest> {
  const made = await probe(calling, endpoint, secrets);
  const result = noted(calling, endpoint, 'test', made);
  const { failed, trace } = made;
  const steps = trace.done
    .filter(({ step }) => step !== 'http')
    .map(({ step, detail }) => ({ step, ok: true, detail }));
  if (failed !== undefined && !speaks(endpoint, trace, failed)) {
    return { steps: [...steps, ...stepsAround(failed, trace)], problem: failed.problem, result };
  }
  const judged = await judgeCredentials(calling, endpoint, secrets);
  const last = endpoint.type === 'bulk_file_download' ? 'http' : 'soap';
  const said = failed?.problem.message ?? `It answers HTTP ${trace.status ?? 0} and takes the message.`;
  return {
    steps: [...steps, { step: 'authentication', ok: true, detail: judged }, { step: last, ok: true, detail: said }],
    result,
  };
}

/** A refusal in the words of the service is what a test wants to hear; of files, that nothing is at the address itself. */
function speaks({ type }: Endpoint, { status }: Trace, { step, problem }: CallFailed): boolean {
  if (problem.code !== 'endpoint_refused') return false;
  return type === 'bulk_file_download' ? status === 404 || status === 405 : step === 'soap';
}

/** What failed; and before it, that credentials were not what was refused, where the endpoint came to answer. */
function stepsAround({ step, problem }: CallFailed, { status }: Trace): Step[] {
  const passed = (step === 'http' || step === 'soap') && status !== undefined;
  return [
    ...(passed ? [{ step: 'authentication', ok: true, detail: 'The endpoint does not say that they are wrong.' }] : []),
    { step, ok: false, detail: problem.message },
  ];
}

async function judgeCredentials(calling: Calling, endpoint: Endpoint, secrets: EndpointSecrets): Promise<string> {
  const { authentication } = endpoint;
  if (chooseAuthenticator(calling.authenticators, endpoint, secrets, parseAddress(endpoint.address)).needs.length === 0)
    return `${authentication}: there is nothing to prove.`;
  const { failed, trace } = await probe(calling, endpoint, secrets, anonymous);
  if (failed === undefined || speaks(endpoint, trace, failed))
    return `${authentication}: not refused. Whether the credentials are right cannot be told: without them, the endpoint answers as well.`;
  // A lack of a client certificate shows in TLS, or as a connection that is closed in place of an answer.
  const refusals: readonly string[] = [
    'endpoint_authentication',
    'endpoint_refused',
    'endpoint_tls',
    'endpoint_unreachable',
  ];
  return refusals.includes(failed.problem.code)
    ? `${authentication}: accepted. Without credentials, the same is refused.`
    : `${authentication}: not refused. Whether the credentials are right cannot be told: ${failed.problem.message}`;
}

function probe(
  calling: Calling,
  endpoint: Endpoint,
  secrets: EndpointSecrets,
  instead?: OutboundAuthenticator,
): Promise<Attempted<undefined>> {
  return attempted(calling, 1, secrets, async (trace) => {
    const url = parseAddress(endpoint.address);
    trace.done.push({ step: 'address' satisfies CallStep, detail: url.origin });
    const download = endpoint.type === 'bulk_file_download';
    const authenticator = instead ?? chooseAuthenticator(calling.authenticators, endpoint, secrets, url, { download });
    const given = { endpoint, secrets, url, authenticator };
    if (download)
      await fetchHead(calling, { ...given, method: 'GET', headers: { accept: '*/*', range: 'bytes=0-0' } }, trace);
    else await sendSoap(calling, { ...given, method: 'POST', ...probeMessage(calling, endpoint) }, trace);
    return undefined;
  });
}

function fetchHead(calling: Calling, plan: Plan, trace: Trace): Promise<void> {
  return attempt(calling, plan, trace, (head) => {
    refuseStatus({ ...head, url: plan.url, now: calling.clock.now() }, '');
    return Promise.resolve();
  });
}

function probeMessage({ contracts }: Calling, { type, soapVersion }: Endpoint) {
  const service = serviceOf(contracts[type === 'bulk' ? 'bdems' : 'oms']?.service);
  const { contentType } = soapVersions[soapVersion];
  const action = service.soapAction + unknownOperation;
  const info = [element('imsx_version', 'V1.0'), element('imsx_messageIdentifier', randomUUID())];
  const xmlns = service.namespace;
  const body = element(`${unknownOperation}Request`, '', { xmlns });
  return {
    headers: {
      ...(soapVersion === '1.1'
        ? { 'content-type': contentType, soapaction: `"${action}"` }
        : { 'content-type': `${contentType}; action="${action}"` }),
    },
    body: writeEnvelope(soapVersion, [element('imsx_syncRequestHeaderInfo', info, { xmlns })], body),
  };
}

function serviceOf(service: ServiceContract | undefined): ServiceContract {
  if (service === undefined) throw new Error('there is no contract for this type of endpoint');
  return service;
}
