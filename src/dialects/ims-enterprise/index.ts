import { type CompiledLists, stepsOfSource } from '../../pipeline/plugins/index.ts';
import type { Message, SourceSystem, Translation } from '../../pipeline/ports.ts';
import { maxRecords } from './find-records.ts';
import { dialectName, translateEnterprise } from './translate.ts';

export { createEnterpriseFiles } from './files.ts';
export { enterprisePoints, enterpriseSteps } from './lists.ts';

/** IMS Enterprise 1.1 with the conventions of Luminis, posted as XML. */
export const imsEnterprise = (lists?: CompiledLists) => ({
  name: dialectName,
  path: '/enterprise',
  single: false,
  /** Event brokers that were given nothing but an address announce their XML as anything. */
  takesUndeclaredXml: true,
  summary: 'Send IMS Enterprise 1.1 XML',
  description: `\`enterprise\` with persons, groups and memberships, or these elements without a root, as Luminis Message Broker (LMB) sends them. Up to ${maxRecords} records, the members of memberships counted each; each has its own outcome, in order. docs/guides/sis-vendor.md says what is read.`,
  translate: (message: Message, source: SourceSystem) =>
    translateEnterprise(message.body, message.headers['content-type'], source, stepsOfSource(lists, source)),
  /** What a journaled message wishes, to send it again. */
  translateStored: (body: Buffer, contentType: string, source: SourceSystem): Translation =>
    translateEnterprise(body, contentType, source, stepsOfSource(lists, source)),
});
