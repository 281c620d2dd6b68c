import { beforeAll, expect, it } from '@jest/globals';
import { loadEs1Endpoints } from '../dialects/ims-es1/index.ts';
import { lisEndpoints, loadWsdls } from '../dialects/lis2/index.ts';
import { loadSaipEndpoints } from '../dialects/saip/index.ts';
import type { SoapEndpoint } from './soap-dialect.ts';
import { refuseForeign } from './soap-foreign.ts';

let endpoints: ReadonlyMap<string, SoapEndpoint>;

beforeAll(async () => {
  endpoints = new Map<string, SoapEndpoint>([
    ...lisEndpoints(await loadWsdls()),
    ...(await loadSaipEndpoints()),
    ...(await loadEs1Endpoints()),
  ]);
});

/** What is said of such a body at this address; undefined when it may be sent there. */
function saidAt(path: string, name: string, namespace: string): string | undefined {
  const here = endpoints.get(path);
  if (here === undefined) throw new Error(`nothing is served at ${path}`);
  try {
    refuseForeign(endpoints, here.dialect, { name, namespace, attributes: {}, text: '', children: [] });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const lis = 'http://www.imsglobal.org/services/lis/';
const saip = 'http://www.imsglobal.org/services/es/';
const es1 = 'http://www.imsglobal.org/services/';

it.each([
  ['/saip/pms', 'replacePersonRequest', `${lis}pms2p0/wsdl11/sync/imspms_v2p0`, '/lis/pms'],
  ['/saip/pms', 'replaceCourseSectionRequest', `${lis}cms1p0/wsdl11/sync/imscms_v1p0`, '/lis/cms'],
  ['/es1/gms', 'replaceGroupRequest', `${lis}gms2p0/wsdl11/sync/imsgms_v2p0`, '/lis/gms'],
  ['/lis/pms', 'replaceMembershipRequest', `${saip}mms2p0/xsd/imsmms_v2p0`, '/saip/mms'],
  ['/lis/pms', 'createPersonRequest', `${es1}pms/xsd/imsPersonManMessSchema_v1p0`, '/es1'],
  ['/saip/gms', 'createGroupRequest', `${es1}gms/xsd/imsGroupManMessSchema_v1p0`, '/es1/gms'],
  ['/saip/pms', 'fooPersonRequest', `${lis}pms2p0/wsdl11/sync/imspms_v2p0`, '/lis/pms'],
])('at %s, a %s of %s is sent to the one address that describes it', (path, name, namespace, address) => {
  expect(saidAt(path, name, namespace)).toMatch(new RegExp(` Send it to ${address}\\.$`));
});

it('in the words of the dialect, or in those of nobody, it may be sent there', () => {
  expect(saidAt('/lis/oms', 'replacePersonRequest', `${lis}pms2p0/wsdl11/sync/imspms_v2p0`)).toBeUndefined();
  expect(saidAt('/lis/oms', 'replacePersonRequest', '')).toBeUndefined();
  expect(saidAt('/lis/oms', 'replacePersonRequest', 'urn:x')).toBeUndefined();
});
