import type {
  CrossListRecord,
  EnrollmentRecord,
  OrgUnitPart,
  OrgUnitRecord,
  PersonRecord,
  WorldRecord,
} from '../../world/records.ts';
import { branch, leaf } from '../xml-text.ts';
import { single, text, token } from './text.ts';

/** What a record is in LIS 2.0: its kind as operations are called by it, its id, and the object. */
export interface LisRecord {
  readonly name: LisName;
  readonly id: string;
  readonly object: string;
}

export type LisName =
  'Person' | 'Group' | 'CourseTemplate' | 'CourseOffering' | 'CourseSection' | 'SectionAssociation' | 'Membership';

export function lisRecordOf(record: WorldRecord): LisRecord {
  if (record.part === 'person') return { name: 'Person', id: record.id, object: person(record) };
  if (record.part === 'enrollment') return { name: 'Membership', id: membershipId(record), object: membership(record) };
  if (record.part === 'cross_list') return { name: 'SectionAssociation', id: record.id, object: association(record) };
  const { name, write } = orgUnits[record.part];
  return { name, id: record.id, object: write(record) };
}

const orgUnits: Readonly<Record<OrgUnitPart, { name: LisName; write: (record: OrgUnitRecord) => string }>> = {
  faculty: { name: 'Group', write: group },
  department: { name: 'Group', write: group },
  semester: { name: 'Group', write: group },
  template: { name: 'CourseTemplate', write: template },
  offering: { name: 'CourseOffering', write: offering },
  section: { name: 'CourseSection', write: section },
};

/** As adapters of LADOK and of Banner make it: of the two that it joins. */
function membershipId({ person: who, section: where }: EnrollmentRecord): string {
  return `CM-${where}-${who}`;
}

function person({ userName, givenName, familyName, preferredName, email, active, role }: PersonRecord): string {
  const part = (name: string, value: string): string =>
    single('partName', 'pmsv2p0/partnamevocabularyv1p0', name, value);
  const named = (type: string, ...inside: string[]): string =>
    branch('name', token('nameType', 'pmsv2p0/nametypevocabularyv1p0', type), ...inside);
  return branch(
    'person',
    branch(
      'formname',
      token('formnameType', 'pmsv2p0/formatnmetypevocabularyv1p0', 'Full'),
      text('formattedName', `${givenName} ${familyName}`),
    ),
    named('Full', part('First', givenName), part('Last', familyName)),
    preferredName === undefined ? '' : named('Preferred', part('First', preferredName)),
    branch(
      'contactinfo',
      token('contactinfoType', 'pmsv2p0/contactinfotypevocabularyv1p0', 'EmailPrimary'),
      text('contactinfoValue', email),
    ),
    branch(
      'roles',
      token('enterpriserolesType', 'pmsv2p0/epriserolestypevocabularyv1p0', 'StudentInformationSystem'),
      branch(
        'institutionRole',
        token('institutionroletype', 'pmsv2p0/institutionroletypevocabularyv1p0', role),
        leaf('primaryroletype', 'true'),
      ),
      branch('userId', text('userIdValue', userName), text('userIdType', 'Logon ID')),
    ),
    extension('IsActive', String(active)),
  );
}

function extension(name: string, value: string): string {
  const field = branch(
    'extensionField',
    leaf('fieldName', name),
    leaf('fieldType', 'String'),
    leaf('fieldValue', value),
  );
  return branch(
    'extension',
    leaf('extensionNameVocabulary', 'LocallyDefined'),
    leaf('extensionTypeVocabulary', 'LocallyDefined'),
    field,
  );
}

const groupTypes = { faculty: ['FACULTY', '1'], department: ['DEPARTMENT', '2'], semester: ['TERM', '3'] } as const;

function group({ part, id, name, startsOn, endsOn, faculty }: OrgUnitRecord): string {
  const [type, level] =
    part === 'faculty' || part === 'department' || part === 'semester' ? groupTypes[part] : ['', ''];
  const typevalue = branch('typevalue', leaf('id', type), text('type', type), text('level', level));
  const parent =
    faculty && branch('relationship', leaf('relation', 'Parent'), leaf('sourcedId', faculty), text('label', 'Faculty'));
  return branch(
    'group',
    branch('groupType', text('scheme', 'LocallyDefined'), typevalue),
    startsOn === undefined ? '' : branch('timeframe', leaf('begin', startsOn), leaf('end', endsOn)),
    parent ?? '',
    branch('description', leaf('shortDescription', name), leaf('longDescription', `${name} (${id})`)),
  );
}

function template({ id, name, department }: OrgUnitRecord): string {
  return branch(
    'courseTemplate',
    text('label', id),
    text('title', name),
    text('courseNumber', id),
    organization(department),
  );
}

function offering({ id, name, template: parent, semester, startsOn, endsOn }: OrgUnitRecord): string {
  return branch(
    'courseOffering',
    text('label', id),
    text('title', name),
    leaf('parentTemplateId', parent),
    leaf('status', 'Active'),
    text('academicSession', semester),
    timeFrame(startsOn, endsOn),
  );
}

function section({ name, template: course, number = '', offering: parent, startsOn, endsOn }: OrgUnitRecord): string {
  return branch(
    'courseSection',
    text('label', `${course ?? ''}-${number}`),
    text('title', name),
    leaf('parentOfferingId', parent),
    leaf('status', 'Active'),
    timeFrame(startsOn, endsOn),
  );
}

function association({ name, sections }: CrossListRecord): string {
  const ids = sections.map((id) => leaf('courseSectionId', id));
  return branch('sectionAssociation', text('title', name), branch('courseSectionIdList', ...ids));
}

function membership({ person: who, section: where, role }: EnrollmentRecord): string {
  return branch(
    'membership',
    leaf('collectionSourcedId', where),
    leaf('membershipIdType', 'courseSection'),
    branch('member', leaf('personSourcedId', who), branch('role', leaf('roleType', role), leaf('status', 'Active'))),
  );
}

function organization(department: string | undefined): string {
  return department === undefined ? '' : branch('org', text('orgName', department), text('id', department));
}

function timeFrame(startsOn: string | undefined, endsOn: string | undefined): string {
  return branch(
    'timeFrame',
    leaf('begin', startsOn && `${startsOn}T00:00:00`),
    leaf('end', endsOn && `${endsOn}T23:59:59`),
  );
}
