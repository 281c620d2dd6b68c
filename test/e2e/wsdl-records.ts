/** One record of each kind, as a generated client would be given it, and what must come back when it is read. */
const text = (textString: string) => ({ language: 'en', textString });
const word = (value: string) => ({
  instanceIdentifier: text(value),
  instanceVocabulary: 'urn:words',
  instanceValue: text(value),
});
const part = (name: string, value: string) => ({ ...word(name), instanceName: text(name), instanceValue: text(value) });

export interface SampleRecord {
  service: 'pms' | 'gms' | 'cms' | 'mms';
  /** `PersonManager`. */
  manager: string;
  object: string;
  sourcedId: string;
  content: Record<string, unknown>;
}

export const samples: SampleRecord[] = [
  {
    service: 'pms',
    manager: 'PersonManager',
    object: 'Person',
    sourcedId: 'P-1',
    content: {
      name: [{ nameType: word('Full'), partName: [part('First', 'Zoë'), part('Last', 'Ångström & Søn')] }],
      contactinfo: [{ contactinfoType: word('EmailPrimary'), contactinfoValue: text('zoe@uni.example') }],
      roles: [
        {
          enterpriserolesType: word('StudentInformationSystem'),
          institutionRole: [{ institutionroletype: word('Student'), primaryroletype: true }],
          userId: [{ userIdValue: text('zoe'), userIdType: text('Logon ID') }],
        },
      ],
    },
  },
  {
    service: 'gms',
    manager: 'GroupManager',
    object: 'Group',
    sourcedId: '202610',
    content: {
      groupType: { scheme: text('LIS2.0'), typevalue: [{ id: 'TERM', type: text('TERM') }] },
      timeframe: { begin: '2026-01-12T00:00:00Z', end: '2026-05-08T00:00:00Z' },
      description: { shortDescription: 'Spring 2026' },
    },
  },
  {
    service: 'cms',
    manager: 'CourseTemplateManager',
    object: 'CourseTemplate',
    sourcedId: 'HIS.210',
    content: { title: text('History'), status: 'Active', org: { orgName: text('History'), id: text('HIS') } },
  },
  {
    service: 'cms',
    manager: 'CourseOfferingManager',
    object: 'CourseOffering',
    sourcedId: 'HIS.210.202610',
    content: { title: text('History, spring'), parentTemplateId: 'HIS.210', academicSession: text('202610') },
  },
  {
    service: 'cms',
    manager: 'CourseSectionManager',
    object: 'CourseSection',
    sourcedId: '20001.202610',
    content: {
      label: text('HIS-210-1'),
      title: text('History 1'),
      parentOfferingId: 'HIS.210.202610',
      maxNumberofStudents: 18,
    },
  },
  {
    service: 'cms',
    manager: 'SectionAssociationManager',
    object: 'SectionAssociation',
    sourcedId: 'AS-1',
    content: { title: text('Both'), courseSectionIdList: { courseSectionId: ['20001.202610', '20002.202610'] } },
  },
  {
    service: 'mms',
    manager: 'MembershipManager',
    object: 'Membership',
    sourcedId: 'M-1',
    content: {
      collectionSourcedId: '20001.202610',
      membershipIdType: 'courseSection',
      member: { personSourcedId: 'P-1', role: [{ roleType: 'Learner', status: 'Active' }] },
    },
  },
];
