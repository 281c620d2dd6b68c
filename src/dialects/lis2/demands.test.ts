import { describe, expect, test } from '@jest/globals';
import { presets } from '../../domain/source-system.ts';
import { createCompiledLists, createRegistry } from '../../pipeline/plugins/index.ts';
import { sampleSource } from '../../testing/kits/samples.ts';
import { lisPoints, lisSteps, stepsOf } from './lists.ts';
import { translateRecord } from './translate/translate-record.ts';

const lists = createCompiledLists(createRegistry(lisPoints, [lisSteps]), { error: () => undefined });

function translated(template: string, record: string, object: string) {
  const chosen = new Map(lisPoints.map(({ name }) => [name, { template }] as const));
  const source = { ...sampleSource({ options: presets.lis }), lists: chosen };
  const text = `<${record}><sourcedGUID><sourcedId>X1</sourcedId></sourcedGUID>${object}</${record}>`;
  return translateRecord(Buffer.from(text), 'text/xml', source, stepsOf(lists, source));
}

const offering = '<parentOfferingId>O1</parentOfferingId>';
const org = '<org><orgName>Physics</orgName></org>';
const dates = '<timeFrame><begin>2027-01-01</begin><end>2027-06-01</end></timeFrame>';
const section = (...parts: string[]): string => `<courseSection><title>Optics</title>${parts.join('')}</courseSection>`;

describe('what the list of IPSIS requires', () => {
  test.each([
    ['the department', 'courseSectionRecord', section(offering, dates), '/courseSection/org/orgName'],
    ['the dates', 'courseSectionRecord', section(offering, org), '/courseSection/timeFrame'],
    ['an end', 'courseSectionRecord', section(offering, org, dates.replace(/<end>.*<\/end>/, '')), '/timeFrame'],
    ['the offering', 'courseSectionRecord', section(org, dates), '/courseSection/parentOfferingId'],
    [
      'the template',
      'courseOfferingRecord',
      '<courseOffering><title>Optics</title></courseOffering>',
      '/courseOffering/parentTemplateId',
    ],
    [
      'both names',
      'personRecord',
      '<person><formname><formattedName>A B</formattedName></formname><name><partName><instanceName>Last</instanceName><instanceValue>B</instanceValue></partName></name></person>',
      '/person/name/partName',
    ],
    [
      'a section',
      'sectionAssociationRecord',
      '<sectionAssociation><courseSectionIdList/></sectionAssociation>',
      '/courseSectionIdList/courseSectionId',
    ],
  ])('is %s; the standard list does without', (_, record, object, at) => {
    expect(translated('standard', record, object).commands).toHaveLength(1);
    const refusal = expect.objectContaining({ code: 'incomplete_data', at: expect.stringContaining(at) });
    expect(() => translated('ipsis', record, object)).toThrow(refusal);
  });

  test('is no more than that', () => {
    expect(translated('ipsis', 'courseSectionRecord', section(offering, org, dates)).commands).toHaveLength(1);
  });
});
