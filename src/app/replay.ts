import { translateStoredEs1 } from '../dialects/ims-es1/index.ts';
import { stepsOf, translateEnvelope } from '../dialects/lis2/index.ts';
import { translateStoredSaip } from '../dialects/saip/index.ts';
import { sisRest } from '../dialects/sis-rest/index.ts';
import type { JournaledMessage } from '../domain/administration/index.ts';
import type { Replay } from '../http/api/services.ts';
import { type CompiledLists, stepsOfSource } from '../pipeline/plugins/index.ts';
import type { SourceSystem, Translation } from '../pipeline/ports.ts';
import { recordDialects } from './record-dialects.ts';

/**
 * What a journaled message is sent again as; undefined when it was refused before it was known what it wishes, or is outbound.
 *
 * @param onTrial it is only looked at what it would mean: one that was refused may be readable by other lists
 */
export function replayOf(stored: JournaledMessage, lists: CompiledLists, onTrial = false): Replay | undefined {
  const { dialect, body, contentType } = stored;
  if (stored.direction === 'outbound') return undefined;
  const records = recordDialects(lists).find(({ name }) => name === dialect);
  if (records !== undefined)
    return {
      method: 'POST',
      path: records.path,
      translate: (source) => records.translateStored(body, contentType, source),
    };
  if (stored.door !== 'soap') return sisRest.replayOf(stored);
  if (stored.outcomes.length === 0 && !onTrial) return undefined;
  // By the dialect under which it was journaled; LIS 2.0 was the first.
  const translate = soapTranslators[dialect] ?? lis2;
  return { method: 'POST', path: '', translate: (source) => translate(body, contentType, source, lists) };
}

type Translator = (body: Buffer, contentType: string, source: SourceSystem, lists: CompiledLists) => Translation;

const soapTranslators: Readonly<Record<string, Translator>> = {
  saip: (body, contentType, source, lists) =>
    translateStoredSaip(body, contentType, source, stepsOfSource(lists, source)),
  'ims-es1': (body, contentType, source, lists) =>
    translateStoredEs1(body, contentType, source, stepsOfSource(lists, source)),
};

const lis2: Translator = (body, contentType, source, lists) =>
  translateEnvelope(body, contentType, source, stepsOf(lists, source));
