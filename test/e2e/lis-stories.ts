import type { ServiceCode } from './lis-client.ts';

/** What happens to an object of each kind; the same operations for all. */
export interface Story {
  readonly object: string;
  readonly service: ServiceCode;
  /** At its creation. */
  readonly content: (name: string) => object;
  /** What an update says, and what is read then. */
  readonly update: object;
  readonly updated: object;
  /** What the LMS sees of it then; `seen` is one of `users`, `org-units`, `enrollments`. */
  readonly seen: { readonly path: string; readonly before: object; readonly after: object };
  /** What a replace says, and the element that is gone then. */
  readonly replace: object;
  readonly gone: string;
  /** A query that finds the object of this name alone. */
  readonly query: (name: string) => object;
}

export const text = (textString: string) => ({ language: 'en', textString });
const word = (value: string) => ({
  instanceIdentifier: text(value),
  instanceVocabulary: 'urn:words',
  instanceValue: text(value),
});
const part = (name: string, value: string) => ({ ...word(name), instanceName: text(name), instanceValue: text(value) });
const email = (address: string) => [{ contactinfoType: word('EmailPrimary'), contactinfoValue: text(address) }];
export const groupType = (type: string) => ({ scheme: text('SIS'), typevalue: [{ id: type }] });

const person: Story = {
  object: 'Person',
  service: 'pms',
  content: (name) => ({
    name: [{ nameType: word('Full'), partName: [part('First', 'Zoë'), part('Last', 'Ångström & Søn')] }],
    contactinfo: email('zoe@uni.example'),
    roles: [
      {
        enterpriserolesType: word('StudentInformationSystem'),
        institutionRole: [{ institutionroletype: word('Student'), primaryroletype: true }],
        userId: [{ userIdValue: text(name), userIdType: text('Logon ID') }],
      },
    ],
  }),
  update: { contactinfo: email('zoe.angstrom@uni.example') },
  updated: {
    name: [{ partName: [{ instanceValue: text('Zoë') }, { instanceValue: text('Ångström & Søn') }] }],
    contactinfo: [{ contactinfoValue: text('zoe.angstrom@uni.example') }],
  },
  seen: {
    path: 'users',
    before: { role: 'student', fields: { givenName: 'Zoë', email: 'zoe@uni.example' } },
    after: { role: 'student', fields: { givenName: 'Zoë', email: 'zoe.angstrom@uni.example' } },
  },
  replace: { name: [{ nameType: word('Full'), partName: [part('First', 'Zoë'), part('Last', 'Søn')] }] },
  gone: 'contactinfo',
  query: (name) => ({ userName: name.toUpperCase(), familyName: 'ångström & søn' }),
};

const group: Story = {
  object: 'Group',
  service: 'gms',
  content: (name) => ({
    groupType: groupType('TERM'),
    timeframe: { begin: '2027-08-30T00:00:00Z', end: '2027-12-17T00:00:00Z' },
    description: { shortDescription: name },
  }),
  update: { timeframe: { end: '2027-12-24T00:00:00Z' } },
  updated: {
    timeframe: { begin: new Date('2027-08-30T00:00:00Z'), end: new Date('2027-12-24T00:00:00Z') },
    groupType: { typevalue: [{ id: 'TERM' }] },
  },
  seen: {
    path: 'org-units',
    before: { type: 'semester', fields: { endsAt: '2027-12-17T00:00:00.000Z' } },
    after: { type: 'semester', fields: { startsAt: '2027-08-30T00:00:00.000Z', endsAt: '2027-12-24T00:00:00.000Z' } },
  },
  replace: { groupType: groupType('TERM'), description: { shortDescription: 'Autumn' } },
  gone: 'timeframe',
  query: (name) => ({ name, type: 'term' }),
};

const courseTemplate: Story = {
  object: 'CourseTemplate',
  service: 'cms',
  content: (name) => ({
    title: text(name),
    courseNumber: text('115'),
    org: { orgName: text('Geography'), id: text('GEO') },
  }),
  update: { status: 'Inactive' },
  updated: { courseNumber: text('115'), status: 'Inactive', org: { id: text('GEO') } },
  seen: {
    path: 'org-units',
    before: { type: 'template', state: 'active', parents: [{ code: 'GEO' }] },
    after: { type: 'template', state: 'inactive', parents: [{ code: 'GEO' }] },
  },
  replace: { title: text('Maps'), org: { orgName: text('Geography'), id: text('GEO') } },
  gone: 'courseNumber',
  query: (name) => ({ name, 'attributes.courseNumber': '115' }),
};

const courseOffering: Story = {
  object: 'CourseOffering',
  service: 'cms',
  content: (name) => ({
    title: text(name),
    parentTemplateId: 'C-T',
    defaultCredits: text('6'),
    academicSession: text('TERM-1'),
  }),
  update: { academicSession: text('TERM-2') },
  updated: { parentTemplateId: 'C-T', defaultCredits: text('6'), academicSession: text('TERM-2') },
  seen: {
    path: 'org-units',
    before: { type: 'offering', parents: [{ code: 'C-T' }, { code: 'TERM-1' }] },
    after: { type: 'offering', parents: [{ code: 'C-T' }, { code: 'TERM-2' }] },
  },
  replace: { title: text('Maps, autumn'), parentTemplateId: 'C-T', academicSession: text('TERM-1') },
  gone: 'defaultCredits',
  query: (name) => ({ name }),
};

const courseSection: Story = {
  object: 'CourseSection',
  service: 'cms',
  content: (name) => ({
    label: text('GEO-115-B'),
    title: text(name),
    parentOfferingId: 'C-O',
    maxNumberofStudents: 18,
  }),
  update: { title: text('Maps and Mapping B'), notes: text('Bring a pencil') },
  updated: {
    label: text('GEO-115-B'),
    title: text('Maps and Mapping B'),
    maxNumberofStudents: 18,
    notes: text('Bring a pencil'),
  },
  seen: {
    path: 'org-units',
    before: { type: 'section', parents: [{ code: 'C-O' }] },
    after: { type: 'section', parents: [{ code: 'C-O' }], fields: { name: 'Maps and Mapping B' } },
  },
  replace: { title: text('Maps B'), parentOfferingId: 'C-O' },
  gone: 'maxNumberofStudents',
  query: (name) => ({ name, 'attributes.label': 'geo-115-b' }),
};

const sectionAssociation: Story = {
  object: 'SectionAssociation',
  service: 'cms',
  content: (name) => ({
    label: text('GEO all'),
    title: text(name),
    courseSectionIdList: { courseSectionId: ['C-S1'] },
  }),
  update: { courseSectionIdList: { courseSectionId: ['C-S2'] } },
  updated: { label: text('GEO all'), courseSectionIdList: { courseSectionId: ['C-S1', 'C-S2'] } },
  seen: {
    path: 'org-units',
    before: { type: 'offering', state: 'active' },
    after: { type: 'offering', state: 'active' },
  },
  replace: { title: text('All maps'), courseSectionIdList: { courseSectionId: ['C-S1'] } },
  gone: 'label',
  query: (name) => ({ name }),
};

const membership: Story = {
  object: 'Membership',
  service: 'mms',
  content: (name) => ({
    collectionSourcedId: 'C-S1',
    membershipIdType: 'courseSection',
    member: {
      personSourcedId: name === 'first' ? 'C-P1' : 'C-P2',
      role: [{ roleType: 'Learner', subRole: 'GuestLearner', status: 'Active' }],
    },
  }),
  update: { member: { role: [{ roleType: 'Instructor', status: 'Active' }] } },
  updated: {
    collectionSourcedId: 'C-S1',
    member: {
      personSourcedId: 'C-P1',
      role: [{ roleType: 'Learner', subRole: 'GuestLearner' }, { roleType: 'Instructor' }],
    },
  },
  seen: { path: 'enrollments', before: { role: 'student' }, after: { role: 'teacher' } },
  replace: {
    collectionSourcedId: 'C-S1',
    membershipIdType: 'courseSection',
    member: { personSourcedId: 'C-P1', role: [{ roleType: 'Learner', status: 'Active' }] },
  },
  gone: 'subRole',
  query: (name) => ({ personSourcedId: name === 'first' ? 'C-P1' : 'C-P2', role: 'learner' }),
};

export const stories: readonly Story[] = [
  person,
  group,
  courseTemplate,
  courseOffering,
  courseSection,
  sectionAssociation,
  membership,
];

/** What the stories take place in: it is replaced first, in this order. */
export const stage: readonly { object: string; sourcedId: string; content: object }[] = [
  ...['TERM-1', 'TERM-2'].map((sourcedId) => ({
    object: 'Group',
    sourcedId,
    content: { groupType: groupType('TERM'), description: { shortDescription: sourcedId } },
  })),
  ...['GEO', 'SCI'].map((sourcedId) => ({
    object: 'Group',
    sourcedId,
    content: { groupType: groupType('DEPARTMENT'), description: { shortDescription: sourcedId } },
  })),
  { object: 'CourseTemplate', sourcedId: 'C-T', content: { title: text('Maps') } },
  {
    object: 'CourseOffering',
    sourcedId: 'C-O',
    content: { title: text('Maps, autumn'), parentTemplateId: 'C-T', academicSession: text('TERM-1') },
  },
  ...['C-S1', 'C-S2'].map((sourcedId) => ({
    object: 'CourseSection',
    sourcedId,
    content: { title: text(`Maps ${sourcedId}`), parentOfferingId: 'C-O' },
  })),
  ...['C-P1', 'C-P2'].map((sourcedId) => ({
    object: 'Person',
    sourcedId,
    content: { formname: [{ formnameType: word('Full'), formattedName: text(`Person ${sourcedId}`) }] },
  })),
];
