import type { DeclaredRecord } from '../../../domain/outcome.ts';
import { element, writeXml } from '../../../formats/xml/index.ts';
import type { ServiceContract } from '../contract/service.ts';
import { objectContent } from './objects.ts';

/**
 * The address of a file of records, as the draft answers reads of several. The file is in the address itself (RFC 2397): what
 * was read in one moment needs no place where it is kept, no second request, and no right to make that one. It can be posted
 * back as it is. The schema of persons bounds addresses to 4,096 characters, which such a one passes.
 */
export function dataFile({ namespace }: ServiceContract, records: readonly DeclaredRecord[]): string {
  const file = writeXml(element('enterprise', records.flatMap(objectContent), { xmlns: namespace }));
  return `data:application/xml;base64,${Buffer.from(file).toString('base64')}`;
}
