import { isImsHeader } from '../../formats/ims/index.ts';
import type { Wsdl } from '../../formats/wsdl/index.ts';
import type { ServiceCode } from './contract/service.ts';
import { findOperation } from './contract/services.ts';
import { stepsOf } from './lists.ts';
import { reply } from './reply/reply.ts';
import { dialectName, operationOf, translate } from './translate/translate.ts';
import type { CompiledLists } from '../../pipeline/plugins/index.ts';
import type { ElementView, SourceSystem } from '../../pipeline/ports.ts';
import type { Outcome } from '../../domain/outcome.ts';
import type { GatewayError } from '../../domain/problem.ts';

/** The addresses of IPSIS, so that a SIS that spoke to it only changes the host. */
const ipsisPaths: Readonly<Record<string, ServiceCode>> = {
  '/d2l/im/ipsis/lis/bdemsv1p0/BulkDataExchangeManagementServices.svc': 'bdems',
  '/d2l/im/ipsis/lis/cmsv1p0/CourseOfferingManagementServices.svc': 'cms',
  '/d2l/im/ipsis/lis/cmsv1p0/CourseSectionManagementServices.svc': 'cms',
  '/d2l/im/ipsis/lis/cmsv1p0/CourseTemplateManagementServices.svc': 'cms',
  '/d2l/im/ipsis/lis/cmsv1p0/SectionAssociationManagementServices.svc': 'cms',
  '/d2l/im/ipsis/lis/gmsv2p0/GroupManagementServices.svc': 'gms',
  '/d2l/im/ipsis/lis/mmsv2p0/MembershipManagementServices.svc': 'mms',
  '/d2l/im/ipsis/lis/omsv1p0/ResultManagementServices.svc': 'oms',
  '/d2l/im/ipsis/lis/pmsv2p0/PersonManagementServices.svc': 'pms',
};

/** Whatever is posted as XML below these is meant for a SOAP service. */
export const lisPrefixes: readonly string[] = ['/lis', '/d2l/im/ipsis'];

const ownPaths: Readonly<Record<string, ServiceCode>> = {
  '/lis/pms': 'pms',
  '/lis/gms': 'gms',
  '/lis/mms': 'mms',
  '/lis/cms': 'cms',
  '/lis/cms/templates': 'cms',
  '/lis/cms/offerings': 'cms',
  '/lis/cms/sections': 'cms',
  '/lis/cms/associations': 'cms',
  '/lis/oms': 'oms',
  '/lis/bdems': 'bdems',
};

/** The service at each address. Any LIS operation is answered at any of them; the address chooses the WSDL. */
const lisPaths: Readonly<Record<string, ServiceCode>> = { ...ownPaths, ...ipsisPaths };

/** What is served at one address: its description, and the language that is spoken there. */
export interface LisEndpoint extends Wsdl {
  readonly dialect: ReturnType<typeof lis2>;
}

/**
 * What the SOAP door serves at each address.
 *
 * @param lists which steps read the records of a source system; absent: all of them
 */
export function lisEndpoints(
  wsdls: ReadonlyMap<ServiceCode, Wsdl>,
  lists?: CompiledLists,
): ReadonlyMap<string, LisEndpoint> {
  return new Map(
    Object.entries(lisPaths).map(([path, service]) => {
      const wsdl = wsdls.get(service);
      if (wsdl === undefined) throw new Error(`no WSDL was loaded for ${path}`);
      return [path, { ...wsdl, dialect: lis2(service, lists) }];
    }),
  );
}

/** LIS 2.0 as it is spoken at an address of this service. */
export function lis2(service: ServiceCode, lists?: CompiledLists) {
  return {
    name: dialectName,
    namespaces: /^http:\/\/www\.imsglobal\.org\/services\/lis\//,
    describes: ({ name }: ElementView) => findOperation(name)?.service.code === service,
    operationOf,
    translate: (body: ElementView, source: SourceSystem) => translate(body, source, stepsOf(lists, source)),
    understands: isImsHeader,
    reply: (request: Parameters<typeof reply>[1], result: readonly Outcome[] | GatewayError) =>
      reply(service, request, result),
  };
}
