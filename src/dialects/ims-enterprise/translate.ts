import type { Command } from '../../domain/command.ts';
import { charsetOf, parseXmlFragments } from '../../formats/xml/index.ts';
import type { StepsOf } from '../../pipeline/plugins/index.ts';
import type { SourceSystem, Translation } from '../../pipeline/ports.ts';
import { findRecords } from './find-records.ts';
import { type RejectedRecord, wishesOf } from './wishes.ts';

export const dialectName = 'ims-enterprise';

/** What one message wishes, and what became of the records that could not be read, by their place among all. */
export interface EnterpriseTranslation extends Translation {
  readonly unreadable: ReadonlyMap<number, RejectedRecord>;
}

/**
 * What a message of IMS Enterprise 1.1 wishes: `enterprise` with persons, groups and memberships, or these without a root.
 * Each record, and each member of a membership, is a command of its own. Pure. Throws GatewayError for what refuses the whole
 * message: `malformed_xml`, `forbidden_xml`, `bad_encoding`, `invalid_request` (no record), `payload_too_large` (too many).
 */
export function translateEnterprise(
  body: Buffer,
  contentType: string | undefined,
  { options: { quirks } }: Pick<SourceSystem, 'options'>,
  stepsOf?: StepsOf,
): EnterpriseTranslation {
  const commands: Command[] = [];
  const unreadable = new Map<number, RejectedRecord>();
  for (const { element, at } of findRecords(parseXmlFragments(body, undefined, charsetOf(contentType)))) {
    for (const wish of wishesOf(element, at, { quirks, stepsOf })) {
      if ('status' in wish) unreadable.set(commands.length + unreadable.size, wish);
      else commands.push(wish);
    }
  }
  return { dialect: dialectName, operation: 'POST enterprise', commands, unreadable };
}
