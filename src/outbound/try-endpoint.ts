import type { Endpoint, EndpointSecrets } from '../domain/endpoint.ts';
import { soapVersions, writeEnvelope } from '../formats/soap/index.ts';
import type { ServiceContract } from '../formats/wsdl/index.ts';
import { element } from '../formats/xml/index.ts';
import type { EndpointTest, OutboundAttempt, OutboundAuthenticator } from '../pipeline/outbound.ts';
import { attempt, type Plan, type Trace } from './attempt.ts';
import type { CallFailed, CallStep } from './call-failed.ts';
import { type Calling, noted, sendSoap } from './calling.ts';
import { anonymous, chooseAuthenticator, parseAddress } from './plan.ts';
import { refuseStatus } from './refuse-status.ts';
import { type Attempted, attempted } from './retry.ts';

type Step = EndpointTest['steps'][number];

interface Tried {
  readonly endpoint: Endpoint;
  readonly secrets: EndpointSecrets;
  /** Of both messages: they are the same but for the credentials. */
  readonly messageIdentifier: string;
}

/** An operation that no service has. */
const unknownOperation = 'passerelleConnectionTest';

/**
 * Tries an endpoint out. A SOAP service is asked for an operation that no service has, with the credentials of the endpoint:
 * whatever the SIS implements, nothing can change by it, and the fault or status that says so has passed all that a call
 * has to pass. (A `GET ?wsdl` would tell neither credentials nor SOAP; a read would be answered by few.) Then the same is
 * sent without credentials: only where that is refused, the first was accepted because they are right. They are never tried
 * wrong, which could lock the account. Of files, the address itself is fetched, and what comes is not read.
 */
export async function tryEndpoint(calling: Calling, tried: Tried): Promise<EndpointTest> {
  const { endpoint } = tried;
  const made = await probe(calling, tried);
  const result = noted(calling, endpoint, 'test', made);
  const { failed, trace } = made;
  const steps = trace.done
    .filter(({ step }) => step !== 'http')
    .map(({ step, detail }) => ({ step, ok: true, detail }));
  if (failed !== undefined && !speaks(endpoint, trace, failed)) {
    return { steps: [...steps, ...stepsAround(failed, trace)], problem: failed.problem, result };
  }
  const { detail, attempts } = await judgeCredentials(calling, tried);
  const last = endpoint.type === 'bulk_file_download' ? 'http' : 'soap';
  const said = failed?.problem.message ?? `It answers HTTP ${trace.status ?? 0} and takes the message.`;
  return {
    steps: [...steps, { step: 'authentication', ok: true, detail }, { step: last, ok: true, detail: said }],
    result: { ...result, attempts: [...result.attempts, ...attempts] },
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

/** What can be said of the credentials, and the attempts that it took. */
async function judgeCredentials(
  calling: Calling,
  tried: Tried,
): Promise<{ detail: string; attempts: readonly OutboundAttempt[] }> {
  const { endpoint, secrets } = tried;
  const { authentication } = endpoint;
  if (chooseAuthenticator(calling.authenticators, endpoint, secrets, parseAddress(endpoint.address)).needs.length === 0)
    return { detail: `${authentication}: there is nothing to prove.`, attempts: [] };
  const made = await probe(calling, tried, anonymous);
  // The answer that is kept is the one to the message with credentials.
  const attempts = made.attempts.map(({ answerType: _, ...each }) => each);
  return { detail: `${authentication}: ${judgement(endpoint, made)}`, attempts };
}

function judgement(endpoint: Endpoint, { failed, trace }: Attempted<undefined>): string {
  if (failed === undefined || speaks(endpoint, trace, failed))
    return 'not refused. Whether the credentials are right cannot be told: without them, the endpoint answers as well.';
  // A lack of a client certificate shows in TLS, or as a connection that is closed in place of an answer.
  const refusals: readonly string[] = [
    'endpoint_authentication',
    'endpoint_refused',
    'endpoint_tls',
    'endpoint_unreachable',
  ];
  return refusals.includes(failed.problem.code)
    ? 'accepted. Without credentials, the same is refused.'
    : `not refused. Whether the credentials are right cannot be told: ${failed.problem.message}`;
}

function probe(
  calling: Calling,
  { endpoint, secrets, messageIdentifier }: Tried,
  instead?: OutboundAuthenticator,
): Promise<Attempted<undefined>> {
  return attempted(calling, 1, async (trace) => {
    const url = parseAddress(endpoint.address);
    trace.done.push({ step: 'address' satisfies CallStep, detail: url.origin });
    const download = endpoint.type === 'bulk_file_download';
    const authenticator = instead ?? chooseAuthenticator(calling.authenticators, endpoint, secrets, url, { download });
    const given = { endpoint, secrets, url, authenticator };
    if (download)
      await fetchHead(calling, { ...given, method: 'GET', headers: { accept: '*/*', range: 'bytes=0-0' } }, trace);
    else
      await sendSoap(
        calling,
        { ...given, method: 'POST', ...probeMessage(calling, endpoint, messageIdentifier) },
        trace,
      );
    return undefined;
  });
}

function fetchHead(calling: Calling, plan: Plan, trace: Trace): Promise<void> {
  return attempt(calling, plan, trace, (head) => {
    refuseStatus({ ...head, url: plan.url, now: calling.clock.now() }, '');
    return Promise.resolve();
  });
}

function probeMessage({ contracts }: Calling, { type, soapVersion }: Endpoint, messageIdentifier: string) {
  const service = serviceOf(contracts[type === 'bulk' ? 'bdems' : 'oms']?.service);
  const { contentType } = soapVersions[soapVersion];
  const action = service.soapAction + unknownOperation;
  const info = [element('imsx_version', 'V1.0'), element('imsx_messageIdentifier', messageIdentifier)];
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
