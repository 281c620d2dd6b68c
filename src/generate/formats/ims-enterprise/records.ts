import { escapeXml } from '../../../formats/xml/index.ts';
import type { CrossListRecord, EnrollmentRecord, OrgUnitRecord, PersonRecord, Stated } from '../../world/records.ts';
import { branch, leaf } from '../xml-text.ts';

/*
 * The records of IMS Enterprise 1.1 with the conventions of Luminis, a line each: courses of the catalogue are CRS..., sections
 * CRN.TERM, cross-lists XLS...; there are no offerings, and a section lies below its course and its term.
 */

/** `recstatus`: absent in a snapshot; 2 and 3 among changes. */
export type RecStatus = '' | ' recstatus="2"' | ' recstatus="3"';

export function sourcedIdElement(id: string): string {
  return branch('sourcedid', leaf('source', 'Lakeside University'), leaf('id', id));
}

/** The id of an org unit: Luminis tells catalogue entries by theirs. */
export function courseId(template: string): string {
  return `CRS${template}`;
}

export function personElement(person: PersonRecord, status: RecStatus): string {
  const { id, userName, givenName, familyName, preferredName, email, role } = person;
  return element(
    'person',
    status,
    sourcedIdElement(id),
    `<userid useridtype="Logon ID">${escapeXml(userName)}</userid>`,
    branch(
      'name',
      leaf('fn', `${givenName} ${familyName}`),
      leaf('nickname', preferredName),
      branch('n', leaf('family', familyName), leaf('given', givenName)),
    ),
    leaf('email', email),
    `<institutionrole primaryrole="Yes" institutionroletype="${role}"/>`,
  );
}

export function groupElement(record: OrgUnitRecord, status: RecStatus): string {
  const { id, name, part } = record;
  const described = (short: string, long: string, full?: string): string =>
    branch('description', leaf('short', short), leaf('long', long), leaf('full', full));
  switch (part) {
    case 'faculty':
      return group(status, id, 'College', described(id, name));
    case 'department':
      return group(status, id, 'Department', described(id, name), relationship(record.faculty, 'College'));
    case 'semester':
      return group(status, id, 'Term', described(id, name), timeFrame(record));
    case 'template':
      return group(status, courseId(id), 'Course', described(id, name), organization(record.department));
    case 'section': {
      const { number = '', template = '', semester } = record;
      const crn = id.slice(0, id.indexOf('.'));
      return group(
        status,
        id,
        'CourseSection',
        described(crn, `${template}-${number}`, name),
        timeFrame(record),
        relationship(courseId(template), 'Course'),
        relationship(semester, 'Term'),
      );
    }
    case 'offering':
      return '';
  }
}

/** A cross-list is a group, and a membership whose members are the sections. */
export function crossListElements({ id, name, sections }: CrossListRecord, status: RecStatus): string {
  const members = sections.map((section) =>
    branch('member', sourcedIdElement(section), leaf('idtype', '2'), '<role roletype="04"><status>1</status></role>'),
  );
  const described = branch('description', leaf('short', id), leaf('long', name));
  return `${group(status, id, 'CrossListedSection', described)}\n${branch('membership', sourcedIdElement(id), ...members)}`;
}

export function memberElement({ person, role }: EnrollmentRecord, verb: Stated['verb']): string {
  const type = roleTypes.get(role) ?? escapeXml(role);
  const [dropped, active] = verb === 'delete' ? [' recstatus="3"', '0'] : ['', '1'];
  return branch(
    'member',
    sourcedIdElement(person),
    leaf('idtype', '1'),
    `<role${dropped} roletype="${type}"><status>${active}</status></role>`,
  );
}

/** IMS Enterprise 1.1, roletype. */
const roleTypes: ReadonlyMap<string, string> = new Map([
  ['Learner', '01'],
  ['Instructor', '02'],
]);

function group(status: RecStatus, id: string, type: string, ...inside: readonly string[]): string {
  const grouptype = branch('grouptype', leaf('scheme', 'Luminis'), `<typevalue level="1">${type}</typevalue>`);
  return element('group', status, sourcedIdElement(id), grouptype, ...inside);
}

function relationship(id: string | undefined, label: string): string {
  return id === undefined
    ? ''
    : `<relationship relation="1">${sourcedIdElement(id)}${leaf('label', label)}</relationship>`;
}

function organization(department: string | undefined): string {
  return department === undefined ? '' : branch('org', leaf('orgunit', department), leaf('id', department));
}

function timeFrame({ startsOn, endsOn }: OrgUnitRecord): string {
  return `<timeframe><begin restrict="0">${startsOn ?? ''}</begin><end restrict="0">${endsOn ?? ''}</end></timeframe>`;
}

function element(name: string, attributes: string, ...inside: readonly string[]): string {
  return `<${name}${attributes}>${inside.join('')}</${name}>`;
}
