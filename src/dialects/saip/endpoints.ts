import type { Outcome } from '../../domain/outcome.ts';
import type { GatewayError } from '../../domain/problem.ts';
import { isImsHeader } from '../../formats/ims/index.ts';
import { loadPublished, type Wsdl } from '../../formats/wsdl/index.ts';
import { type CompiledLists, stepsOfSource } from '../../pipeline/plugins/index.ts';
import type { ElementView, SourceSystem } from '../../pipeline/ports.ts';
import { findOperation, operationOf, services } from './contract/services.ts';
import type { ServiceCode } from './contract/service.ts';
import { reply } from './reply/reply.ts';
import { dialectName, snapshotRoot, translate } from './translate/translate.ts';

/** Whatever is posted as XML below these is meant for a SOAP service. */
export const saipPrefixes: readonly string[] = ['/saip'];

/** The service at each address. Any operation is answered at any of them; the address chooses the WSDL. */
const paths: Readonly<Record<string, ServiceCode>> = {
  '/saip/pms': 'pms',
  '/saip/gms': 'gms',
  '/saip/mms': 'mms',
  '/saip/cms': 'cms',
};

/** What is served at one address: its description, and the language that is spoken there. */
export interface SaipEndpoint extends Wsdl {
  readonly dialect: ReturnType<typeof saip>;
}

/**
 * What the SOAP door serves at each address. Throws when a published description cannot be loaded as a client would.
 *
 * @param lists which steps read the records of a source system; absent: all of them
 */
export async function loadSaipEndpoints(lists?: CompiledLists): Promise<ReadonlyMap<string, SaipEndpoint>> {
  const wsdls = await loadPublished('saip', services);
  return new Map(
    Object.entries(paths).map(([path, service]) => {
      const wsdl = wsdls.get(service);
      if (wsdl === undefined) throw new Error(`no WSDL was loaded for ${path}`);
      return [path, { ...wsdl, dialect: saip(service, lists) }];
    }),
  );
}

/** PeopleSoft SAIP as it is spoken at an address of this service. */
export function saip(service: ServiceCode, lists?: CompiledLists) {
  return {
    name: dialectName,
    namespaces: /^http:\/\/www\.imsglobal\.org\/services\/es\//,
    describes: ({ name }: ElementView) => findOperation(name)?.service.code === service,
    operationOf: ({ name }: ElementView) => operationOf(name),
    translate: (body: ElementView, source: SourceSystem) => translate(body, source, stepsOfSource(lists, source)),
    understands: isImsHeader,
    takesBare,
    reply: (request: Parameters<typeof reply>[1], result: readonly Outcome[] | GatewayError) =>
      reply(service, request, result),
  };
}

/** A snapshot as it stands in its file, and a body as Integration Broker sends it to a target without SOAP. */
function takesBare({ name }: ElementView): boolean {
  return name.toLowerCase() === snapshotRoot || findOperation(name) !== undefined;
}
