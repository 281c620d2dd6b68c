import type { Outcome } from '../../domain/outcome.ts';
import type { GatewayError } from '../../domain/problem.ts';
import { isImsHeader } from '../../formats/ims/index.ts';
import { loadPublished, operationName, readPublished, type Wsdl } from '../../formats/wsdl/index.ts';
import { type CompiledLists, stepsOfSource } from '../../pipeline/plugins/index.ts';
import type { ElementView, SourceSystem } from '../../pipeline/ports.ts';
import { descriptions, findOperation } from './contract/services.ts';
import type { ServiceCode } from './contract/service.ts';
import { publishedSchemas } from './contract/published.ts';
import { reply } from './reply/reply.ts';
import { dialectName, translate } from './translate/translate.ts';

/** Whatever is posted as XML below these is meant for a SOAP service. */
export const es1Prefixes: readonly string[] = ['/es1', '/wcfservicelibrary'];

/** The description at each address, those of itslearning among them. Any operation is answered at any of them. */
const paths: Readonly<Record<string, ServiceCode | 'all'>> = {
  '/es1': 'all',
  '/es1/pms': 'pms',
  '/es1/gms': 'gms',
  '/es1/mms': 'mms',
  '/WCFServiceLibrary/ImsEnterpriseServicesPort.svc': 'all',
  '/WCFServiceLibrary/PersonManagementServiceSync.svc': 'pms',
  '/WCFServiceLibrary/ExtendedPersonManagementServiceSync.svc': 'pms',
  '/WCFServiceLibrary/GroupManagementServiceSync.svc': 'gms',
  '/WCFServiceLibrary/MembershipManagementServiceSync.svc': 'mms',
};

/** What is served at one address: its description, and the language that is spoken there. */
export interface Es1Endpoint extends Wsdl {
  readonly imports: ReadonlyMap<string, string>;
  readonly dialect: ReturnType<typeof es1>;
}

/**
 * What the SOAP door serves at each address. Throws when a published description cannot be loaded as a client would.
 *
 * @param lists which steps read the records of a source system; absent: all of them
 */
export async function loadEs1Endpoints(lists?: CompiledLists): Promise<ReadonlyMap<string, Es1Endpoint>> {
  const wsdls = await loadPublished('ims-es1', descriptions);
  const files = Object.keys(publishedSchemas);
  const imports = new Map(
    await Promise.all(files.map(async (file) => [file, await readPublished('ims-es1', file)] as const)),
  );
  return new Map(
    Object.entries(paths).map(([path, described]) => {
      const wsdl = wsdls.get(described);
      if (wsdl === undefined) throw new Error(`no WSDL was loaded for ${path}`);
      return [path, { ...wsdl, imports, dialect: es1(described === 'all' ? 'pms' : described, lists) }];
    }),
  );
}

/** IMS Enterprise Services 1.0 as it is spoken at an address of this service. */
export function es1(service: ServiceCode, lists?: CompiledLists, now: () => Date = () => new Date()) {
  return {
    name: dialectName,
    namespaces: /^http:\/\/www\.imsglobal\.org\/services\/(?:common|pms|gms|mms)\//,
    describes: ({ name }: ElementView) => findOperation(name)?.service.code === service,
    operationOf: ({ name }: ElementView) => operationName(name),
    translate: (body: ElementView, source: SourceSystem) => translate(body, source, stepsOfSource(lists, source)),
    understands: isImsHeader,
    reply: (request: Parameters<typeof reply>[1], result: readonly Outcome[] | GatewayError) =>
      reply(service, request, result, now()),
  };
}
