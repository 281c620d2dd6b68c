import { describe, expect, test } from '@jest/globals';
import { translateStoredEs1 } from '../../src/dialects/ims-es1/index.ts';
import { imsEnterprise } from '../../src/dialects/ims-enterprise/index.ts';
import { translateEnvelope } from '../../src/dialects/lis2/index.ts';
import { translateRecord } from '../../src/dialects/lis2/translate/translate-record.ts';
import { translateStoredSaip } from '../../src/dialects/saip/index.ts';
import type { Command } from '../../src/domain/command.ts';
import { presets, type SourceSystem } from '../../src/domain/source-system.ts';
import type { Translation } from '../../src/pipeline/ports.ts';
import { sampleSource } from '../../src/testing/kits/index.ts';

const quirks = {
  timeZone: 'America/Detroit',
  dateOffsetDays: -1,
  trimPadding: { character: '0', side: 'start' },
} as const;
const source: SourceSystem = sampleSource({ options: { ...presets.lis, quirks } });

const envelope = (body: string): string =>
  `<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body>${body}</Body></Envelope>`;
const guid = (id: string): string => `<sourcedGUID><sourcedId>${id}</sourcedId></sourcedGUID>`;
const courseSection =
  '<courseSection><title>Optics</title><parentOfferingId>00770</parentOfferingId><timeFrame><begin>2027-06-07T10:00:00</begin></timeFrame></courseSection>';

type Read = (text: string) => Translation;
const lis: Read = (text) => translateEnvelope(Buffer.from(text), 'text/xml', source);
const record: Read = (text) => translateRecord(Buffer.from(text), 'text/xml', source);
const saip: Read = (text) => translateStoredSaip(Buffer.from(text), 'text/xml', source);
const es1: Read = (text) => translateStoredEs1(Buffer.from(text), 'text/xml', source);
const enterprise: Read = (text) => imsEnterprise().translateStored(Buffer.from(text), 'text/xml', source);

const sections: [string, Read, string][] = [
  [
    'LIS 2.0',
    lis,
    envelope(
      `<replaceCourseSectionRequest><sourcedId>00042</sourcedId><courseSectionRecord>${guid('00042')}${courseSection}</courseSectionRecord></replaceCourseSectionRequest>`,
    ),
  ],
  ['a bare record', record, `<courseSectionRecord>${guid('00042')}${courseSection}</courseSectionRecord>`],
  [
    'PeopleSoft SAIP',
    saip,
    envelope(
      `<replaceCourseSectionRequest><sourcedId>00042</sourcedId>${courseSection.replace('<title>', '<sourcedId>00042</sourcedId><title>')}</replaceCourseSectionRequest>`,
    ),
  ],
  [
    'Enterprise Services 1.0',
    es1,
    envelope(
      '<replaceGroupRequest><sourcedId><identifier>00042</identifier></sourcedId><group><groupType><typeValue><type>Course</type></typeValue></groupType><timeFrame><begin>2027-06-07T10:00:00</begin></timeFrame><relationship><relation>Parent</relation><sourceId><identifier>00770</identifier></sourceId></relationship><description><descShort>Optics</descShort></description></group></replaceGroupRequest>',
    ),
  ],
  [
    'IMS Enterprise 1.1',
    enterprise,
    '<enterprise><group><sourcedid><id>00042</id></sourcedid><grouptype><typevalue>CourseSection</typevalue></grouptype><description><short>Optics</short></description><timeframe><begin>2027-06-07T10:00:00</begin></timeframe><relationship relation="1"><sourcedid><id>00770</id></sourcedid><label>courseoffering</label></relationship></group></enterprise>',
  ],
];

describe('the habits of a SIS hold at each door of XML', () => {
  test.each(sections)('ids lose their padding, dates have their zone and their days: %s', (_, read, text) => {
    const [command] = read(text).commands;
    expect(command).toMatchObject({
      verb: 'replace',
      sourcedId: '42',
      fields: { startsAt: '2027-06-06T14:00:00.000Z', parents: [expect.objectContaining({ sourcedId: '770' })] },
    });
  });

  test('in memberships, of persons and of cross-lists', () => {
    const member = (id: string, more: string): string =>
      `<member><sourcedid><id>${id}</id></sourcedid>${more}<role roletype="01"><timeframe><begin>2027-06-07T10:00:00</begin></timeframe></role></member>`;
    const membership = (id: string, members: string): string =>
      `<membership><sourcedid><id>${id}</id></sourcedid>${members}</membership>`;
    const { commands } = enterprise(
      `<enterprise>${membership('00042', member('000779', '<idtype>1</idtype>'))}${membership('XLS1', member('00042', '<idtype>2</idtype>'))}</enterprise>`,
    );
    const [enrollment, crossList] = commands as [Command, Command];
    expect(enrollment).toMatchObject({
      fields: {
        userSourcedId: '779',
        orgUnit: { sourcedId: '42' },
        roles: [expect.objectContaining({ startsAt: '2027-06-06T14:00:00.000Z' })],
      },
    });
    expect(crossList).toMatchObject({ fields: { sections: ['42'] } });
  });
});
