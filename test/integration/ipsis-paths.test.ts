import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiWorld, createApiWorld, type Tenant } from './api-set-up.ts';

/** An address that IPSIS publishes, a message that a SIS sends there, and what is answered. */
type Visit = { path: string; operation: string; namespace: string; body: string; answer: string };

const lis = 'http://www.imsglobal.org/services/lis';
const [pms, gms, cms, mms, oms, bdems] = [
  `${lis}/pms2p0/wsdl11/sync/imspms_v2p0`,
  `${lis}/gms2p0/wsdl11/sync/imsgms_v2p0`,
  `${lis}/cmsv1p0/wsdl11/sync/imscms_v1p0`,
  `${lis}/mms2p0/wsdl11/sync/imsmms_v2p0`,
  `${lis}/omsv1p0/wsdl11/sync/imsoms_v1p0`,
  `${lis}/bdems1p0/wsdl11/sync/imsbdems_v1p0`,
] as const;

const text = (name: string, value: string): string =>
  `<${name}><language>en-US</language><textString>${value}</textString></${name}>`;
const record = (object: string, id: string, content: string): string =>
  `<sourcedId>${id}</sourcedId><${object}Record><sourcedGUID><sourcedId>${id}</sourcedId></sourcedGUID><${object}>${content}</${object}></${object}Record>`;

const done = 'success / status / fullsuccess';
const unsupported = 'unsupported / status / unsupportedLISoperation';

/** The nine of them, in the order in which a term comes; nothing waits on the way. */
const visits: Visit[] = [
  {
    path: 'gmsv2p0/GroupManagementServices',
    operation: 'replaceGroup',
    namespace: gms,
    body: record(
      'group',
      'GEO',
      `<groupType>${text('scheme', 'SIS')}<typevalue><id>DEPARTMENT</id></typevalue></groupType><description><shortDescription>Geology</shortDescription></description>`,
    ),
    answer: done,
  },
  {
    path: 'cmsv1p0/CourseTemplateManagementServices',
    operation: 'replaceCourseTemplate',
    namespace: cms,
    body: record(
      'courseTemplate',
      'GEO.110',
      `${text('title', 'Rocks')}<org>${text('orgName', 'Geology')}${text('id', 'GEO')}</org>`,
    ),
    answer: done,
  },
  {
    path: 'cmsv1p0/CourseOfferingManagementServices',
    operation: 'replaceCourseOffering',
    namespace: cms,
    body: record(
      'courseOffering',
      'GEO.110.F',
      `${text('title', 'Rocks, fall')}<parentTemplateId>GEO.110</parentTemplateId>`,
    ),
    answer: done,
  },
  {
    path: 'cmsv1p0/CourseSectionManagementServices',
    operation: 'replaceCourseSection',
    namespace: cms,
    body: record(
      'courseSection',
      'GEO.110.F.01',
      `${text('title', 'Rocks, fall, 01')}<parentOfferingId>GEO.110.F</parentOfferingId>`,
    ),
    answer: done,
  },
  {
    path: 'cmsv1p0/SectionAssociationManagementServices',
    operation: 'replaceSectionAssociation',
    namespace: cms,
    body: record(
      'sectionAssociation',
      'X-GEO',
      `${text('title', 'Rocks, together')}<courseSectionIdList><courseSectionId>GEO.110.F.01</courseSectionId></courseSectionIdList>`,
    ),
    answer: done,
  },
  {
    path: 'pmsv2p0/PersonManagementServices',
    operation: 'replacePerson',
    namespace: pms,
    body: record('person', 'P-1', `<formname>${text('formattedName', 'Mary Anning')}</formname>`),
    answer: done,
  },
  {
    path: 'mmsv2p0/MembershipManagementServices',
    operation: 'replaceMembership',
    namespace: mms,
    body: record(
      'membership',
      'E-1',
      '<collectionSourcedId>GEO.110.F.01</collectionSourcedId><membershipIdType>courseSection</membershipIdType><member><personSourcedId>P-1</personSourcedId><role><roleType>Learner</roleType><status>Active</status></role></member>',
    ),
    answer: done,
  },
  {
    path: 'omsv1p0/ResultManagementServices',
    operation: 'replaceResult',
    namespace: oms,
    body: record('result', 'R-1', '<lineItemSourcedId>L-1</lineItemSourcedId><personSourcedId>P-1</personSourcedId>'),
    answer: unsupported,
  },
  {
    path: 'bdemsv1p0/BulkDataExchangeManagementServices',
    operation: 'announceBulkDataExchange',
    namespace: bdems,
    body: '<transactionId>T-1</transactionId><bulkBlockManifest><bulkBlockDataFile><url>https://sis.example.edu/term.xml</url></bulkBlockDataFile></bulkBlockManifest>',
    answer: done,
  },
];

let world: ApiWorld;
let north: Tenant;
let authorization: string;

beforeAll(async () => {
  world = await createApiWorld();
  north = await world.tenant('north');
  const { secret } = (await north.admin.post('/api/v1/source-systems/sis/credentials', { userName: 'ipsis' })).body;
  authorization = `Basic ${btoa(`ipsis:${secret}`)}`;
});
afterAll(() => world.close());

const addressOf = ({ path }: Visit): string => `${world.url}/d2l/im/ipsis/lis/${path}.svc`;

async function send(visit: Visit): Promise<string> {
  const { operation, namespace, body } = visit;
  const envelope = `<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Header><imsx_syncRequestHeaderInfo xmlns="${namespace}"><imsx_version>V1.0</imsx_version><imsx_messageIdentifier>m-${operation}</imsx_messageIdentifier></imsx_syncRequestHeaderInfo></soap:Header><soap:Body><${operation}Request xmlns="${namespace}">${body}</${operation}Request></soap:Body></soap:Envelope>`;
  const headers = { authorization, 'content-type': 'text/xml; charset=utf-8', soapaction: '""' };
  const response = await fetch(addressOf(visit), { method: 'POST', headers, body: envelope });
  expect(response.status).toBe(200);
  return response.text();
}

const valueOf = (reply: string, name: string): string | undefined =>
  new RegExp(`<(?:\\w+:)?${name}>([^<]*)<`).exec(reply)?.[1];

describe('the nine addresses of IPSIS', () => {
  it.each(visits)('$path takes $operation', async (visit) => {
    const reply = await send(visit);
    const status = ['imsx_codeMajor', 'imsx_severity', 'imsx_codeMinorFieldValue'].map((name) => valueOf(reply, name));
    expect(status.join(' / ')).toBe(visit.answer);
    expect(valueOf(reply, 'imsx_messageRefIdentifier')).toBe(`m-${visit.operation}`);
    expect(reply).toContain(`<${visit.operation}Response xmlns="${visit.namespace}"`);
  });

  it('journal a refused message under the operation of an accepted one', async () => {
    const visit = visits.find(({ operation }) => operation === 'replacePerson')!;
    await send({ ...visit, body: '<sourcedId>nobody</sourcedId>' });
    const { items } = (await north.admin.get('/api/v1/messages?operation=replacePerson')).body;
    expect(items.map(({ dialect, result }) => `${dialect as string} ${result as string}`).sort()).toEqual([
      'lis2 refused',
      'lis2 success',
    ]);
  });

  it.each(visits)('$path describes itself', async (visit) => {
    const wsdl = await (await fetch(`${addressOf(visit)}?wsdl`)).text();
    expect(wsdl).toContain(`"${visit.operation}"`);
    expect(wsdl).toContain(addressOf(visit));
  });

  it('lead to one course with one student', async () => {
    const { items } = (await north.admin.get('/api/v1/enrollments?userSourcedId=P-1')).body;
    expect(items.map(({ orgUnit, role }) => [(orgUnit as { code: string }).code, role]).sort()).toEqual([
      ['GEO.110.F.01', 'student'],
      ['X-GEO', 'student'],
    ]);
    expect((await north.admin.get('/api/v1/waiting')).body.items).toEqual([]);
  });
});

it('a source system with quirks is read with them, and read as it was understood', async () => {
  const quirks = { timeZone: 'America/Detroit', dateOffsetDays: -1, labelPattern: '{term} {code}' };
  await north.admin.patch('/api/v1/source-systems/sis', { options: { quirks } });
  const [section] = visits.filter(({ operation }) => operation === 'replaceCourseSection');
  const body = record(
    'courseSection',
    'GEO.110.F.02',
    `${text('label', '202720 GEO-110-02')}${text('title', 'Rocks, fall, 02')}<parentOfferingId>GEO.110.F</parentOfferingId><timeFrame><begin>2027-08-31</begin></timeFrame>`,
  );
  expect(valueOf(await send({ ...section!, body }), 'imsx_codeMajor')).toBe('success');
  const [unit] = (await north.admin.get('/api/v1/org-units?kind=section&sourcedId=GEO.110.F.02')).body.items;
  expect(unit).toMatchObject({ code: 'GEO-110-02', fields: { startsAt: '2027-08-30T04:00:00.000Z' } });
  const again = await send({
    ...section!,
    operation: 'readCourseSection',
    body: '<sourcedId>GEO.110.F.02</sourcedId>',
  });
  expect(valueOf(again, 'begin')).toBe('2027-08-30T04:00:00.000Z');
});
