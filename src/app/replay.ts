import { translateEnvelope } from '../dialects/lis2/index.ts';
import { sisRest } from '../dialects/sis-rest/index.ts';
import type { JournaledMessage } from '../domain/administration/index.ts';
import { uuidv7 } from '../domain/ids.ts';
import type { Replay } from '../http/api/services.ts';

/** What a journaled message is sent again as; undefined when it was refused before it was known what it wishes. */
export function replayOf(stored: JournaledMessage): Replay | undefined {
  if (stored.dialect === sisRest.name) return replayRest(stored);
  if (stored.door !== 'soap' || stored.outcomes.length === 0) return undefined;
  return { method: 'POST', path: '', translate: () => translateEnvelope(stored.body, stored.contentType) };
}

function replayRest(stored: JournaledMessage): Replay | undefined {
  const address = sisRest.addressOf(stored.operation, stored.outcomes);
  if (address === undefined) return undefined;
  const { door, body, contentType } = stored;
  const remote = { address: stored.remoteAddress, loopback: false, secure: true };
  const headers = { 'content-type': contentType };
  const message = { id: uuidv7(), receivedAt: new Date(), door, body, headers, remote, ...address };
  return { ...address, translate: () => sisRest.translate(message) };
}
