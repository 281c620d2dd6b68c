import { randomUUID } from 'node:crypto';
import { services, type ServiceCode } from '../../dialects/lis2/index.ts';
import { type SoapVersion, writeEnvelope } from '../../formats/soap/index.ts';
import { element, type XmlNode } from '../../formats/xml/index.ts';
import type { Person } from './people.ts';
import type { Course, Enrollment, Offering, Section, Semester } from './term.ts';

/** One LIS 2.0 request: what it asks, and the element that stands in the SOAP body. */
export type LisRequest = {
  readonly service: ServiceCode;
  readonly operation: string;
  readonly sourcedId: string;
  readonly body: XmlNode;
};

/** A whole SOAP message as a careful sender writes it: one default namespace, children in schema order, an id of its own. */
export function envelopeOf({ service, body }: LisRequest, version: SoapVersion): string {
  const { namespace } = services[service];
  const header = element(
    'imsx_syncRequestHeaderInfo',
    [element('imsx_version', 'V1.0'), element('imsx_messageIdentifier', randomUUID())],
    { xmlns: namespace },
  );
  return writeEnvelope(version, [header], body);
}

export function replaceTerm({ id, name, begin, end }: Semester): LisRequest {
  return replace('gms', 'Group', id, groupContent('TERM', name, [frame('timeframe', begin, end)]));
}

export function replaceDepartment({ id, name }: { id: string; name: string }): LisRequest {
  return replace('gms', 'Group', id, groupContent('DEPARTMENT', name));
}

export function replaceClub(id: string, name: string): LisRequest {
  return replace('gms', 'Group', id, groupContent('CLUB', name));
}

export function replaceTemplate(course: Course): LisRequest {
  return replace('cms', 'CourseTemplate', course.id, [
    text('label', course.id),
    text('title', course.title),
    text('courseNumber', course.number),
    element('status', 'Active'),
    organization(course),
  ]);
}

export function replaceOffering(offering: Offering, title = offering.title): LisRequest {
  const { begin, end, id } = offering.semester;
  return replace('cms', 'CourseOffering', offering.id, [
    text('label', offering.template),
    ...(title === '' ? [] : [text('title', title)]),
    element('parentTemplateId', offering.template),
    element('status', 'Active'),
    text('academicSession', id),
    organization(offering),
    frame('timeFrame', begin, end),
  ]);
}

/** `changes.parent`: an offering that the section names instead of its own. */
export function replaceSection(
  section: Section,
  changes: { title?: string; begin?: string; parent?: string } = {},
): LisRequest {
  const { begin, end, id } = section.semester;
  return replace('cms', 'CourseSection', section.id, [
    text('label', section.label),
    text('title', changes.title ?? `${section.title} (${section.label})`),
    text('academicSession', id),
    element('parentOfferingId', changes.parent ?? section.offering),
    element('status', 'Active'),
    element('maxNumberofStudents', String(section.seats)),
    organization(section),
    frame('timeFrame', changes.begin ?? begin, end),
  ]);
}

export function replaceAssociation(id: string, title: string, sections: readonly Section[]): LisRequest {
  return replace('cms', 'SectionAssociation', id, [
    text('label', id),
    text('title', title),
    element('status', 'Active'),
    element(
      'courseSectionIdList',
      sections.map((section) => element('courseSectionId', section.id)),
    ),
  ]);
}

export function replacePerson(person: Person): LisRequest {
  return replace('pms', 'Person', person.id, [
    element('formname', [token('formnameType', 'Full'), text('formattedName', person.formatted)]),
    element('name', [token('nameType', 'Full'), part('First', person.given), part('Last', person.family)]),
    element('contactinfo', [token('contactinfoType', 'EmailPrimary'), text('contactinfoValue', person.email)]),
    element('roles', [
      token('enterpriserolesType', 'StudentInformationSystem'),
      element('institutionRole', [
        token('institutionroletype', person.institutionRole),
        element('primaryroletype', 'true'),
      ]),
      element('userId', [text('userIdValue', person.userName), text('userIdType', 'Logon ID')]),
    ]),
  ]);
}

export function replaceMembership(
  { id, person, section, role, subRole }: Enrollment,
  status: 'Active' | 'Inactive' = 'Active',
): LisRequest {
  const roleParts = [
    element('roleType', role),
    ...(subRole === undefined ? [] : [element('subRole', subRole)]),
    element('status', status),
  ];
  return replace('mms', 'Membership', id, [
    element('collectionSourcedId', section),
    element('membershipIdType', 'courseSection'),
    element('member', [element('personSourcedId', person), element('role', roleParts)]),
  ]);
}

export function deleteMembership(id: string): LisRequest {
  return request('mms', 'deleteMembership', id, [element('sourcedId', id)]);
}

/** An operation of LIS 2.0 that the gateway knows and does not offer: grades. */
export function readResultIdsForPerson(person: Person): LisRequest {
  return request('oms', 'readResultIdsForPerson', person.id, [element('personSourcedId', person.id)]);
}

function replace(service: ServiceCode, object: string, sourcedId: string, content: readonly XmlNode[]): LisRequest {
  const name = object.charAt(0).toLowerCase() + object.slice(1);
  return request(service, `replace${object}`, sourcedId, [
    element('sourcedId', sourcedId),
    element(`${name}Record`, [element('sourcedGUID', [element('sourcedId', sourcedId)]), element(name, content)]),
  ]);
}

function request(service: ServiceCode, operation: string, sourcedId: string, content: readonly XmlNode[]): LisRequest {
  const body = element(`${operation}Request`, content, { xmlns: services[service].namespace });
  return { service, operation, sourcedId, body };
}

function groupContent(type: string, name: string, between: readonly XmlNode[] = []): XmlNode[] {
  const value = element('typevalue', [element('id', type), text('type', type), text('level', '1')]);
  return [
    element('groupType', [text('scheme', 'IMS-LIS2.0'), value]),
    ...between,
    element('description', [element('shortDescription', name)]),
  ];
}

function organization({ department }: Course): XmlNode {
  return element('org', [text('orgName', department.name), text('id', department.id)]);
}

function frame(name: string, begin: string, end: string): XmlNode {
  return element(name, [element('begin', begin), element('end', end)]);
}

function text(name: string, value: string): XmlNode {
  return element(name, [element('language', 'en'), element('textString', value)]);
}

const vocabulary = 'http://www.imsglobal.org/vdex/lis/pmsv2p0/';

function token(name: string, value: string): XmlNode {
  return element(name, [
    text('instanceIdentifier', value),
    element('instanceVocabulary', `${vocabulary}${name.toLowerCase()}vocabularyv1p0.xml`),
    text('instanceValue', value),
  ]);
}

function part(name: string, value: string): XmlNode {
  return element('partName', [
    text('instanceIdentifier', name),
    element('instanceVocabulary', `${vocabulary}partnamevocabularyv1p0.xml`),
    text('instanceName', name),
    text('instanceValue', value),
  ]);
}
