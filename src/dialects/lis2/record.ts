import type { Message, SourceSystem, Translation } from '../../pipeline/ports.ts';
import { recordDialect, translateRecord } from './translate/translate-record.ts';

/** LIS 2.0 records without an envelope, posted as XML, as adapters of LADOK deliver them. */
export const lis2Record = {
  name: recordDialect,
  path: '/lis/record',
  single: true,
  takesUndeclaredXml: false,
  summary: 'Replace by a record of LIS 2.0',
  description:
    'A bare personRecord, groupRecord, courseTemplateRecord, courseOfferingRecord, courseSectionRecord, sectionAssociationRecord or membershipRecord, without SOAP around it. It states the whole object: what is unknown is created. There are no deletes at this address; extension fields such as OriginEvent are kept as attributes and start nothing.',
  translate: (message: Message, source: Pick<SourceSystem, 'options'>) => ({
    ...translateRecord(message.body, message.headers['content-type'], source),
    unreadable: new Map<number, never>(),
  }),
  /** What a journaled record wishes, to send it again. */
  translateStored: (body: Buffer, contentType: string, source: Pick<SourceSystem, 'options'>): Translation =>
    translateRecord(body, contentType, source),
};
