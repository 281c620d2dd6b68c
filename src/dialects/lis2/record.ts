import type { CompiledLists } from '../../pipeline/plugins/index.ts';
import type { Message, SourceSystem, Translation } from '../../pipeline/ports.ts';
import { stepsOf } from './lists.ts';
import { recordDialect, translateRecord } from './translate/translate-record.ts';

/** LIS 2.0 records without an envelope, posted as XML, as adapters of LADOK deliver them. */
export const lis2Record = (lists?: CompiledLists) => ({
  name: recordDialect,
  path: '/lis/record',
  single: true,
  takesUndeclaredXml: false,
  summary: 'Replace by a record of LIS 2.0',
  description:
    'A bare personRecord, groupRecord, courseTemplateRecord, courseOfferingRecord, courseSectionRecord, sectionAssociationRecord or membershipRecord, without SOAP around it. It states the whole object: what is unknown is created. There are no deletes at this address; extension fields such as OriginEvent are kept as attributes and start nothing.',
  translate: (message: Message, source: SourceSystem) => ({
    ...translateRecord(message.body, message.headers['content-type'], source, stepsOf(lists, source)),
    unreadable: new Map<number, never>(),
  }),
  /** What a journaled record wishes, to send it again. */
  translateStored: (body: Buffer, contentType: string, source: SourceSystem): Translation =>
    translateRecord(body, contentType, source, stepsOf(lists, source)),
});
