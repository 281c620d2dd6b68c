/** What happens to an object of each kind of PeopleSoft; the same operations for all. */
export interface SaipStory {
  readonly object: string;
  /** At its creation, beside the sourcedId. */
  readonly content: (name: string) => object;
  /** What an update says, and what is read then. */
  readonly update: object;
  readonly updated: object;
  /** What the LMS sees of it: `users`, `org-units`, `enrollments`. */
  readonly seen: { readonly path: string; readonly kind?: string; readonly before: object; readonly after: object };
  /** What a replace says, and the element that is gone then. */
  readonly replace: object;
  readonly gone: string;
  /** A query that finds the object of this name alone. */
  readonly query: (name: string) => object;
}

export const text = (words: string) => ({ language: 'en-US', text: words });
const day = (date: string) => ({ date });

const person: SaipStory = {
  object: 'Person',
  content: (name) => ({
    formname: [{ formattedName: text('Hemi Solberg & Co') }],
    name: [{ partname: { firstname: 'Hemi', familyname: 'Sølberg', nickname: name } }],
    contactinfo: { email: 'hemi@uni.example' },
  }),
  update: { contactinfo: { email: 'hemi.solberg@uni.example' } },
  updated: {
    name: [{ partname: { firstname: 'Hemi', familyname: 'Sølberg' } }],
    contactinfo: { email: 'hemi.solberg@uni.example' },
  },
  seen: {
    path: 'users',
    before: { fields: { givenName: 'Hemi', email: 'hemi@uni.example' } },
    after: { fields: { givenName: 'Hemi', email: 'hemi.solberg@uni.example' } },
  },
  replace: { formname: [{ formattedName: text('Hemi') }] },
  gone: 'contactinfo',
  query: (name) => ({ nickname: name, familyName: 'SØLBERG' }),
};

export const groupOf = (type: string, name: string) => ({
  groupType: { scheme: text('SAIP'), typevalue: [{ type: text(type) }] },
  description: { shortDescription: name },
});

const group: SaipStory = {
  object: 'Group',
  content: (name) => ({
    ...groupOf('TERM', name),
    timeframe: { begin: day('2027-02-22'), end: day('2027-06-25') },
  }),
  update: { timeframe: { end: day('2027-07-02') } },
  updated: { groupType: { typevalue: [{ type: text('TERM') }] } },
  seen: {
    path: 'org-units',
    kind: 'group',
    before: { type: 'semester', fields: { endsAt: '2027-06-25T00:00:00.000Z' } },
    after: { type: 'semester', fields: { endsAt: '2027-07-02T00:00:00.000Z' } },
  },
  replace: groupOf('TERM', 'Fall'),
  gone: 'timeframe',
  query: (name) => ({ name }),
};

const courseTemplate: SaipStory = {
  object: 'CourseTemplate',
  content: (name) => ({ title: text(name), courseNumber: text('210'), org: { orgName: 'Geology', id: 'GEOL' } }),
  update: { status: 'Inactive' },
  updated: { courseNumber: text('210'), status: 'Inactive', org: { id: 'GEOL' } },
  seen: {
    path: 'org-units',
    kind: 'template',
    before: { type: 'template', state: 'active', parents: [{ code: 'GEOL' }] },
    after: { type: 'template', state: 'inactive', parents: [{ code: 'GEOL' }] },
  },
  replace: { title: text('Rocks') },
  gone: 'courseNumber',
  query: (name) => ({ name, 'attributes.courseNumber': '210' }),
};

const courseOffering: SaipStory = {
  object: 'CourseOffering',
  content: (name) => ({
    title: text(name),
    parentTemplateId: 'PS-T',
    defaultCredits: text('6'),
    academicSession: text('PS-TERM'),
  }),
  update: { title: text('Rocks and Minerals') },
  updated: { title: text('Rocks and Minerals'), parentTemplateId: 'PS-T', academicSession: text('PS-TERM') },
  seen: {
    path: 'org-units',
    kind: 'offering',
    before: { type: 'offering', parents: [{ code: 'PS-T' }, { code: 'PS-TERM' }] },
    after: { type: 'offering', fields: { name: 'Rocks and Minerals' } },
  },
  replace: { title: text('Rocks'), parentTemplateId: 'PS-T', academicSession: text('PS-TERM') },
  gone: 'defaultCredits',
  query: (name) => ({ name }),
};

const courseSection: SaipStory = {
  object: 'CourseSection',
  content: (name) => ({
    title: text(name),
    parentOfferingId: 'PS-O',
    maxNumberofStudents: 18,
    sectionClass: [{ day: 'Monday', startTime: '08:00:00.000000', finishTime: '09:15:00.000000', location: 'H3' }],
  }),
  update: { title: text('Rocks 10') },
  updated: { title: text('Rocks 10'), parentOfferingId: 'PS-O', maxNumberofStudents: 18 },
  seen: {
    path: 'org-units',
    kind: 'section',
    before: { type: 'section', fields: { attributes: { meeting: 'Monday 08:00-09:15', location: 'H3' } } },
    after: { type: 'section', fields: { name: 'Rocks 10' }, parents: [{ code: 'PS-O' }] },
  },
  replace: { title: text('Rocks 10'), parentOfferingId: 'PS-O' },
  gone: 'maxNumberofStudents',
  query: (name) => ({ name }),
};

const sectionAssociation: SaipStory = {
  object: 'SectionAssociation',
  content: (name) => ({
    label: text('Rocks'),
    title: text(name),
    courseSectionIdList: { courseSectionId: ['PS-S1', 'PS-S2'] },
  }),
  update: { title: text('All rocks') },
  updated: { label: text('Rocks'), courseSectionIdList: { courseSectionId: ['PS-S1', 'PS-S2'] } },
  seen: {
    path: 'org-units',
    kind: 'association',
    before: { type: 'offering', state: 'active' },
    after: { type: 'offering', fields: { name: 'All rocks' } },
  },
  replace: { title: text('All rocks'), courseSectionIdList: { courseSectionId: ['PS-S1'] } },
  gone: 'label',
  query: (name) => ({ name }),
};

const memberOf = (role: object, person = 'PS-P1') => ({
  CollectionSourcedID: 'PS-S1',
  membershipIdType: 'courseSection',
  members: [{ sourcedId: person, idType: 'Person', role: [role] }],
});

const membership: SaipStory = {
  object: 'Membership',
  content: (name) => memberOf({ roleType: 'Learner', subrole: 'Learner', status: 'Active' }, people[name]),
  update: memberOf({ roleType: 'Instructor', status: 'Active' }),
  updated: { CollectionSourcedID: 'PS-S1', members: [{ sourcedId: 'PS-P1', role: [{ roleType: 'Instructor' }] }] },
  seen: { path: 'enrollments', before: { role: 'student' }, after: { role: 'teacher' } },
  replace: memberOf({ roleType: 'Learner' }),
  gone: 'subrole',
  query: (name) => ({ personSourcedId: people[name] ?? '', collectionSourcedId: 'PS-S1' }),
};

const people: Readonly<Record<string, string>> = { first: 'PS-P1', other: 'PS-P2', 'by proxy': 'PS-P3' };

export const saipStories: readonly SaipStory[] = [
  person,
  group,
  courseTemplate,
  courseOffering,
  courseSection,
  sectionAssociation,
  membership,
];

/** What the stories take place in: it is replaced first, in this order. */
export const saipStage: readonly { object: string; sourcedId: string; content: object }[] = [
  ...['PS-TERM', 'PS-TERM-2'].map((sourcedId) => ({ object: 'Group', sourcedId, content: groupOf('TERM', sourcedId) })),
  ...['GEOL', 'SCI'].map((sourcedId) => ({ object: 'Group', sourcedId, content: groupOf('DEPARTMENT', sourcedId) })),
  { object: 'CourseTemplate', sourcedId: 'PS-T', content: { title: text('Rocks') } },
  {
    object: 'CourseOffering',
    sourcedId: 'PS-O',
    content: { title: text('Rocks, fall'), parentTemplateId: 'PS-T', academicSession: text('PS-TERM') },
  },
  ...['PS-S1', 'PS-S2'].map((sourcedId) => ({
    object: 'CourseSection',
    sourcedId,
    content: { title: text(`Rocks ${sourcedId}`), parentOfferingId: 'PS-O' },
  })),
  ...['PS-P1', 'PS-P2', 'PS-P3'].map((sourcedId) => ({
    object: 'Person',
    sourcedId,
    content: { formname: [{ formattedName: text(`Person ${sourcedId}`) }] },
  })),
];
