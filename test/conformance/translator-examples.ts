import { parseXml } from '../../src/formats/xml/index.ts';
import type { TranslatorExample } from '../../src/testing/kits/index.ts';

/** A step, or several that read alike (`saip-course-{offering,section}-title`); a record; and what is read of it, or why it is refused. */
type Row = readonly [steps: string, xml: string, read: object | 'incomplete_data' | 'invalid_data', name?: string];

const unit = 'course-{template,offering,section}';
const term = { parents: [{ role: 'semester', kind: 'group', sourcedId: 'T1' }] };
const department = { parents: [{ role: 'department', kind: 'group', sourcedId: 'D1', name: 'Physics' }] };
const parent = (role: string, kind: string | null) => ({ parents: [{ role, kind, sourcedId: 'U1' }] });
const extension =
  '<extension><extensionField><fieldName>Campus</fieldName><fieldValue>North</fieldValue></extensionField></extension>';
const campus = { attributes: { Campus: 'North' } };
const text = (name: string, value: string): string => `<${name}><textString>${value}</textString></${name}>`;
const frame =
  '<timeFrame><begin>2027-01-11T00:00:00Z</begin><end>2027-06-01</end><adminPeriod>T1</adminPeriod></timeFrame>';
const dates = { startsAt: '2027-01-11T00:00:00.000Z', endsAt: '2027-06-01T00:00:00.000Z' };
const learner = { roles: [{ role: 'Learner', active: true }] };

const lis: readonly Row[] = [
  ['lis2-person-base', '<person/>', { orgDefinedId: 'X1' }],
  [
    'lis2-person-names',
    `<person><name><partName>${text('instanceName', 'Given')}${text('instanceValue', 'Ann')}</partName></name></person>`,
    { givenName: 'Ann' },
  ],
  ['lis2-person-names', '<person><name/></person>', 'incomplete_data'],
  [
    'lis2-person-preferred-names',
    '<person/>',
    { preferredGivenName: null, preferredFamilyName: null },
    'block missing',
  ],
  [
    'lis2-person-preferred-names',
    `<person><name><nameType>${text('instanceValue', 'Preferred')}</nameType><partName>${text('instanceName', 'First')}<instanceValue/></partName></name></person>`,
    { preferredGivenName: null },
    'a part that is empty is cleared, the other left',
  ],
  [
    'lis2-person-e-mail',
    `<person><contactinfo><contactinfoType>${text('instanceValue', 'EmailPrimary')}</contactinfoType>${text('contactinfoValue', 'a@x.edu')}</contactinfo></person>`,
    { email: 'a@x.edu' },
  ],
  [
    'lis2-person-institution-roles',
    `<person><roles><institutionRole><institutionroletype>Learner</institutionroletype><primaryroletype>true</primaryroletype></institutionRole></roles></person>`,
    { roles: [{ role: 'Learner', primary: true }] },
  ],
  [
    'lis2-person-user-name',
    `<person><roles><userId>${text('userIdValue', 'ann')}<passWord>secret</passWord></userId></roles></person>`,
    { userName: 'ann' },
  ],
  [
    'lis2-person-agents',
    `<person><agent><agentType>${text('instanceValue', 'Father')}</agentType><agentId>P2</agentId></agent></person>`,
    { relations: [{ kind: 'parent', sourcedId: 'P2' }] },
  ],
  ['lis2-person-extension-fields', `<person>${extension}</person>`, campus],
  [
    'lis2-person-extension-fields',
    `<person>${extension.replace('Campus', 'IsActive').replace('North', '0')}</person>`,
    { active: false },
    'IsActive is the status',
  ],
  ['lis2-group-{base}', '<group/>', { code: 'X1' }],
  [
    'lis2-group-type',
    `<group><groupType><typevalue>${text('id', 'Term')}</typevalue></groupType></group>`,
    { type: 'Term' },
  ],
  ['lis2-group-type', '<group/>', 'incomplete_data'],
  [
    'lis2-group-name',
    '<group><description><shortDescription>Fall</shortDescription><longDescription>Fall 2027</longDescription></description></group>',
    { name: 'Fall', shortName: 'Fall', description: 'Fall 2027' },
  ],
  [
    '{lis2,saip}-group-parents',
    '<group><relationship><relation>Parent</relation><sourcedId>U1</sourcedId></relationship></group>',
    parent('parent', null),
  ],
  ['lis2-membership-collection', '<membership/>', 'incomplete_data'],
  [
    'lis2-membership-collection',
    '<membership><collectionSourcedId>S1</collectionSourcedId><membershipIdType>CourseSection</membershipIdType></membership>',
    { orgUnit: { kind: 'section', sourcedId: 'S1' } },
  ],
  ['lis2-membership-person', '<membership><member/><member/></membership>', 'invalid_data', 'refuses several members'],
  [
    'lis2-membership-person',
    '<membership><member><personSourcedId>P1</personSourcedId></member></membership>',
    { userSourcedId: 'P1' },
  ],
  ['lis2-membership-roles', '<membership><member/></membership>', 'incomplete_data'],
  [
    'lis2-membership-roles',
    `<membership><member><role>${text('roleType', 'Learner')}<status>Active</status></role></member></membership>`,
    learner,
  ],
  ['lis2-membership-extension-fields', `<membership>${extension}</membership>`, campus],
  ['lis2-course-template-base', '<courseTemplate/>', { code: 'X1', type: 'CourseTemplate' }],
  ['lis2-course-offering-base', '<courseOffering/>', { code: 'X1', type: 'CourseOffering' }],
  ['lis2-course-section-base', '<courseSection/>', { code: 'X1', type: 'CourseSection' }],
  [`{lis2,saip}-${unit}-title`, `<course>${text('title', 'Waves')}</course>`, { name: 'Waves' }],
  [`{lis2,saip}-${unit}-title`, '<course/>', 'incomplete_data', 'demands a title'],
  [
    '{lis2,saip}-course-offering-template',
    '<c><parentTemplateId>U1</parentTemplateId></c>',
    parent('template', 'template'),
  ],
  [
    '{lis2,saip}-course-section-offering',
    '<c><parentOfferingId>U1</parentOfferingId></c>',
    parent('offering', 'offering'),
  ],
  ['saip-course-template-parent', '<c><parentTemplateId>U1</parentTemplateId></c>', parent('parent', 'template')],
  ['{lis2,saip}-course-{offering,section}-semester', '<c><academicSession>T1</academicSession></c>', term],
  ['{lis2,saip}-course-{offering,section}-semester', `<c>${frame}</c>`, term, 'reads the term of the dates'],
  [`{lis2,saip}-${unit}-department`, `<c><org><id>D1</id>${text('orgName', 'Physics')}</org></c>`, department],
  ['lis2-group-department', `<c><org><id>D1</id>${text('orgName', 'Physics')}</org></c>`, department],
  ['{lis2,saip}-course-{offering,section}-dates', `<c>${frame}</c>`, dates],
  ['{lis2,saip,ims-es1}-group-dates', `<c>${frame}</c>`, dates],
  ['{lis2,saip}-course-{offering,section}-dates', '<c><timeFrame><begin>soon</begin></timeFrame></c>', 'invalid_data'],
  [`{lis2,saip}-{${unit},section-association}-status`, '<c><status>Inactive</status></c>', { active: false }],
  [
    `{lis2,saip}-{${unit},section-association}-status`,
    '<c><status>Sleeping</status></c>',
    {},
    'overlooks another word',
  ],
  [
    `{lis2,saip}-${unit}-catalog-description`,
    `<c><catalogDescription>${text('shortDescription', 'Short')}${text('longDescription', 'Long')}</catalogDescription></c>`,
    { description: 'Long', attributes: { catalogDescription: 'Short' } },
  ],
  [`lis2-${unit}-label`, `<c>${text('label', 'PHYS 110')}</c>`, { attributes: { label: 'PHYS 110' } }],
  [
    `{lis2,saip}-${unit}-attributes`,
    '<c><defaultCredits>3</defaultCredits></c>',
    { attributes: { defaultCredits: '3' } },
  ],
  [`{lis2,saip}-{${unit},section-association,group}-extension-fields`, `<c>${extension}</c>`, campus],
  ['{lis2,saip}-section-association-base', '<c/>', { code: 'X1' }],
  [
    '{lis2,saip}-section-association-title',
    `<c>${text('title', 'Both')}${text('label', 'B')}</c>`,
    { name: 'Both', attributes: { label: 'B' } },
  ],
  ['{lis2,saip}-section-association-sections', '<c/>', 'incomplete_data'],
  [
    '{lis2,saip}-section-association-sections',
    '<c><courseSectionIdList><courseSectionId>S1</courseSectionId><courseSectionId>S1</courseSectionId></courseSectionIdList></c>',
    { sections: ['S1'] },
  ],
];

const peopleSoft: readonly Row[] = [
  ['saip-person-base', '<person/>', { orgDefinedId: 'X1' }],
  [
    'saip-person-names',
    '<person><name><partname><paternal>Garcia</paternal><maternal>Lopez</maternal></partname></name></person>',
    { familyName: 'Garcia Lopez' },
    'joins the two family names of Spain',
  ],
  ['saip-person-names', '<person/>', 'incomplete_data'],
  ['saip-person-e-mail', '<person><contactinfo><email> a@x.edu </email></contactinfo></person>', { email: 'a@x.edu' }],
  ['saip-person-extension-fields', `<person>${extension}</person>`, campus],
  [
    'saip-person-extension-fields',
    `<person>${extension.replace('Campus', 'Mode').replace('North', 'C')}</person>`,
    {},
    'leaves Mode out, which says what is to be done',
  ],
  [`saip-{group,${unit}}-base`, '<c/>', { code: 'X1' }],
  [
    'saip-group-type',
    '<group><groupType><typevalue><type>TERM</type></typevalue></groupType></group>',
    { type: 'TERM' },
  ],
  ['saip-group-type', '<group/>', 'incomplete_data'],
  [
    'saip-group-name',
    '<group><org><orgName><language>en</language><text>Physics</text></orgName></org></group>',
    { name: 'Physics' },
    'takes the name of its own organization',
  ],
  ['saip-group-organization', '<group><org><id>D1</id></org></group>', { attributes: { orgId: 'D1' } }],
  [
    'saip-membership-collection',
    '<membership><CollectionSourcedID>S1</CollectionSourcedID><membershipIdType>courseSection</membershipIdType></membership>',
    { orgUnit: { kind: 'section', sourcedId: 'S1' } },
  ],
  ['saip-membership-collection', '<membership/>', 'incomplete_data'],
  [
    'saip-membership-person',
    '<membership><members><sourcedId>P1</sourcedId></members></membership>',
    { userSourcedId: 'P1' },
  ],
  ['saip-membership-person', '<membership><members><idType>Group</idType></members></membership>', 'invalid_data'],
  [
    'saip-membership-roles',
    '<membership><members><role><roleType>Learner</roleType></role></members></membership>',
    learner,
  ],
  ['saip-membership-roles', '<membership/>', 'incomplete_data'],
  ['saip-membership-extension-fields', `<membership>${extension}</membership>`, campus],
  [
    'saip-course-section-meetings',
    '<c><sectionClass><day>Monday</day><startTime>08.00.00.000000</startTime><finishTime>09:15:00</finishTime><location>A 1</location></sectionClass></c>',
    { attributes: { meeting: 'Monday 08:00-09:15', location: 'A 1' } },
  ],
];

const services: readonly Row[] = [
  ['ims-es1-person-base', '<person/>', { orgDefinedId: 'X1' }],
  [
    'ims-es1-person-names',
    '<person><name><partName><namePartType>Last</namePartType><namePartValue>Aasen</namePartValue></partName></name></person>',
    { familyName: 'Aasen' },
  ],
  ['ims-es1-person-names', '<person/>', 'incomplete_data'],
  ['ims-es1-person-e-mail', '<person><email>a@x.edu</email></person>', { email: 'a@x.edu' }],
  ['ims-es1-person-user-name', '<person><userId><userIdValue>ann</userIdValue></userId></person>', { userName: 'ann' }],
  [
    'ims-es1-person-institution-roles',
    '<person><institutionRole><institutionRoleType>Staff</institutionRoleType></institutionRole></person>',
    { roles: [{ role: 'Staff', primary: false }] },
  ],
  ['ims-es1-{person,group,membership}-extension-fields', `<c>${extension}</c>`, campus],
  ['ims-es1-group-base', '<group/>', { code: 'X1' }],
  [
    'ims-es1-group-name',
    '<group><description><descShort>7A</descShort><descLong>Maths 7A</descLong></description></group>',
    { name: '7A', shortName: '7A', description: 'Maths 7A' },
  ],
  [
    'ims-es1-group-parents',
    '<group><relationship><relation>1</relation><sourceId><identifier>U1</identifier></sourceId></relationship></group>',
    parent('parent', 'group'),
  ],
  [
    'ims-es1-group-organization',
    '<group><org><orgName>Fjord</orgName></org></group>',
    { attributes: { orgName: 'Fjord' } },
  ],
  [
    'ims-es1-group-type',
    '<group><groupType><typeValue><type>School</type></typeValue></groupType></group>',
    { type: 'School' },
  ],
  ['ims-es1-group-type', '<group/>', 'incomplete_data'],
  [
    'ims-es1-membership-group',
    '<membership><groupSourcedId><identifier>G1</identifier></groupSourcedId></membership>',
    { orgUnit: { kind: 'group', sourcedId: 'G1' } },
  ],
  ['ims-es1-membership-group', '<membership/>', 'incomplete_data'],
  [
    'ims-es1-membership-person',
    '<membership><member><memberSourcedId><identifier>P1</identifier></memberSourcedId></member></membership>',
    { userSourcedId: 'P1' },
  ],
  ['ims-es1-membership-person', '<membership><member><idType>2</idType></member></membership>', 'invalid_data'],
  [
    'ims-es1-membership-roles',
    '<membership><member><role><roleType>01</roleType></role></member></membership>',
    learner,
  ],
];

const enterprise: readonly Row[] = [
  ['ims-enterprise-person-base', '<person/>', { orgDefinedId: 'X1' }],
  ['ims-enterprise-person-names', '<person><name><fn>Ann Lee</fn></name></person>', { formattedName: 'Ann Lee' }],
  ['ims-enterprise-person-names', '<person/>', 'incomplete_data'],
  ['ims-enterprise-person-e-mail', '<person><email>a@x.edu</email></person>', { email: 'a@x.edu' }],
  [
    'ims-enterprise-person-user-ids',
    '<person><userid useridtype="SCTID">A1</userid><userid useridtype="Logon ID" password="x">ann</userid></person>',
    { userName: 'ann', attributes: { SCTID: 'A1' } },
  ],
  [
    'ims-enterprise-person-institution-roles',
    '<person><institutionrole primaryrole="Yes" institutionroletype="Faculty"/></person>',
    { roles: [{ role: 'Faculty', primary: true }] },
  ],
  [
    'ims-enterprise-person-system-role',
    '<person><systemrole systemroletype="User"/></person>',
    { attributes: { systemRole: 'User' } },
  ],
  [
    'ims-enterprise-{person,group,section-association}-extension-fields',
    '<c><extension><luminisperson><major>Art</major></luminisperson></extension></c>',
    { attributes: { major: 'Art' } },
  ],
  ['ims-enterprise-{group,section-association}-base', '<group/>', { code: 'X1' }],
  [
    'ims-enterprise-group-type',
    '<group><grouptype><scheme>Luminis</scheme><typevalue>CourseSection</typevalue></grouptype></group>',
    { type: 'CourseSection' },
  ],
  ['ims-enterprise-group-type', '<group/>', 'incomplete_data'],
  [
    'ims-enterprise-group-description',
    '<group><description><short>ART</short><long>Art School</long></description></group>',
    { name: 'Art School', shortName: 'ART' },
  ],
  [
    'ims-enterprise-group-dates',
    '<group><timeframe><begin restrict="1">2027-01-11</begin></timeframe></group>',
    { startsAt: '2027-01-11T00:00:00.000Z', attributes: { beginRestrict: 'true' } },
  ],
  [
    'ims-enterprise-group-relationships',
    '<group><relationship relation="1"><sourcedid><id>T1</id></sourcedid><label>Term</label></relationship></group>',
    term,
  ],
  ['ims-enterprise-group-organization', '<group><org><orgname>Physics</orgname><id>D1</id></org></group>', department],
  [
    'ims-enterprise-group-enrollment-control',
    '<group><enrollcontrol><enrollaccept>1</enrollaccept></enrollcontrol></group>',
    { attributes: { enrollAccept: 'true' } },
  ],
  [
    'ims-enterprise-group-addresses',
    '<group><url>https://x.edu</url></group>',
    { attributes: { url: 'https://x.edu' } },
  ],
  [
    'ims-enterprise-section-association-title',
    '<group><description><long>Both</long></description></group>',
    { name: 'Both' },
  ],
  ['ims-enterprise-membership-base', '<member><sourcedid><id>P1</id></sourcedid></member>', { userSourcedId: 'P1' }],
  ['ims-enterprise-membership-base', '<member/>', 'incomplete_data'],
  [
    'ims-enterprise-membership-roles',
    '<member><role roletype="01"/><role roletype="02" recstatus="3"/></member>',
    learner,
    'drops the roles that are deleted',
  ],
  [
    'ims-enterprise-membership-role-details',
    '<member><role roletype="01"><finalresult><mode>Letter</mode></finalresult></role></member>',
    { attributes: { 'finalresult/mode': 'Letter' } },
  ],
  [
    'ims-enterprise-membership-extension-fields',
    '<member><role roletype="01"><extension><luminisrole><gradable>1</gradable></luminisrole></extension></role></member>',
    { attributes: { gradable: '1' } },
  ],
];

/** What each shipped step reads, for its conformance kit; by its name. */
export const examples: Readonly<Partial<Record<string, readonly TranslatorExample[]>>> = collect([
  ...lis,
  ...peopleSoft,
  ...services,
  ...enterprise,
]);

function collect(rows: readonly Row[]): Record<string, TranslatorExample[]> {
  const found: Record<string, TranslatorExample[]> = {};
  for (const [steps, xml, read, said] of rows) {
    const does = typeof read === 'string' ? { refused: read } : { fields: read as Record<string, unknown> };
    const name = said ?? (typeof read === 'string' ? `refuses ${xml}` : `reads ${Object.keys(read).join(', ')}`);
    for (const step of alternatives(steps))
      (found[step] ??= []).push({ name, object: parseXml(Buffer.from(xml)), ...does });
  }
  return found;
}

/** `a-{b,c}` -> `a-b`, `a-c`; the innermost braces first. */
function alternatives(text: string): string[] {
  const braces = /\{([^{}]*)\}/.exec(text);
  if (braces === null) return [text];
  const [whole, inside = ''] = braces;
  return inside.split(',').flatMap((each) => alternatives(text.replace(whole, each)));
}
