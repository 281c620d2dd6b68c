import type { CrossListRecord, EnrollmentRecord, OrgUnitRecord, PersonRecord } from '../../world/records.ts';
import { branch, leaf } from '../xml-text.ts';

/*
 * The records of a PeopleSoft snapshot, a line each: the 2007 draft of the enterprise services, with some names in lower case, as
 * snapshots have them.
 */

/** What `Mode` says of a record: A added, C changed, D deleted. A snapshot is all A. */
export type Mode = 'A' | 'C' | 'D';

export function personElement(person: PersonRecord, mode: Mode): string {
  const { id, givenName, familyName, preferredName, email } = person;
  const parts = branch(
    'partname',
    leaf('firstname', givenName),
    leaf('nickname', preferredName ?? ''),
    leaf('familyname', familyName),
    leaf('givenname', givenName),
    leaf('last', familyName),
    leaf('surname', familyName),
  );
  return record(
    'person',
    id,
    mode,
    branch('formname', text('formattedName', `${givenName} ${familyName}`)),
    branch('name', parts),
    branch('contactinfo', leaf('email', email)),
  );
}

export function orgUnitElement(unit: OrgUnitRecord, mode: Mode): string {
  switch (unit.part) {
    case 'faculty':
      return group(unit, 'FACULTY', '1', mode);
    case 'department':
      return group(unit, 'DEPARTMENT', '2', mode);
    case 'semester':
      return group(unit, 'TERM', '3', mode);
    case 'template':
      return course('courseTemplate', unit, mode, leaf('courseNumber', unit.id), organization(unit.department));
    case 'offering':
      return course(
        'courseOffering',
        unit,
        mode,
        leaf('parentTemplateId', unit.template),
        leaf('status', 'Active'),
        text('academicSession', unit.semester),
        timeFrame('timeFrame', unit),
      );
    case 'section':
      return course(
        'courseSection',
        unit,
        mode,
        leaf('parentOfferingId', unit.offering),
        text('category', 'LEC'),
        leaf('status', 'Active'),
        timeFrame('timeFrame', unit),
      );
  }
}

export function associationElement({ id, name, sections }: CrossListRecord, mode: Mode): string {
  const ids = sections.map((section) => leaf('courseSectionId', section));
  return record('sectionAssociation', id, mode, text('title', name), branch('courseSectionIdList', ...ids));
}

/** All members of a section stand together in a membership that has its id. */
export function membershipStart(section: string): string {
  return `<membership>${leaf('sourcedId', section)}${leaf('membershipIdType', 'courseSection')}`;
}

export function memberElement({ person, role }: EnrollmentRecord, mode: Mode): string {
  const said = branch('role', leaf('roleType', role), leaf('subrole', role), leaf('status', 'Active'), modeOf(mode));
  return branch('members', leaf('sourcedId', person), leaf('idType', 'person'), said);
}

/** A language string of the draft. */
export function text(name: string, value: string | undefined): string {
  return branch(name, leaf('language', 'en-US'), leaf('text', value ?? ''));
}

function group(unit: OrgUnitRecord, type: string, level: string, mode: Mode): string {
  const { id, name, faculty } = unit;
  return record(
    'group',
    id,
    mode,
    branch('grouptype', text('scheme', 'SAIP'), branch('typevalue', text('type', type), text('level', level))),
    unit.part === 'semester' ? timeFrame('timeframe', unit) : '',
    faculty === undefined
      ? ''
      : branch('relationship', leaf('relation', 'Parent'), leaf('sourcedId', faculty), text('label', 'Faculty')),
    branch('description', leaf('shortDescription', name), leaf('longDescription', `${name} (${id})`)),
  );
}

function course(element: string, unit: OrgUnitRecord, mode: Mode, ...inside: readonly string[]): string {
  const { id, name, number, template } = unit;
  const label = number === undefined ? id : `${template ?? ''}-${number}`;
  return record(element, id, mode, text('label', label), text('title', name), ...inside);
}

function record(element: string, id: string, mode: Mode, ...inside: readonly string[]): string {
  return branch(element, leaf('sourcedId', id), ...inside, leaf('dataSource', 'CS'), modeOf(mode));
}

function modeOf(mode: Mode): string {
  return branch(
    'extension',
    branch('extensionField', leaf('fieldName', 'Mode'), leaf('fieldType', 'String'), leaf('fieldValue', mode)),
  );
}

function organization(department: string | undefined): string {
  return department === undefined ? '' : branch('org', leaf('orgName', department), leaf('id', department));
}

function timeFrame(name: string, { startsOn, endsOn }: OrgUnitRecord): string {
  return branch(name, branch('begin', leaf('date', startsOn)), branch('end', leaf('date', endsOn)));
}
