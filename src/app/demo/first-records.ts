import { translateRest } from '../../dialects/sis-rest/translate.ts';
import { uuidv7 } from '../../domain/ids.ts';
import type { Gateway, Message, Principal } from '../../pipeline/ports.ts';
import { readDemoText } from './demo-data.ts';

/** A person and a section, so that the example of the first start enrolls somebody somewhere. Sent as any message is. */
export async function sendFirstRecords(gateway: Gateway, principal: Principal): Promise<void> {
  const message: Message = {
    id: uuidv7(),
    receivedAt: new Date(),
    door: 'cli',
    method: 'POST',
    path: '/sis/v1/messages',
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(await readDemoText('first-records.json')),
    remote: { address: '127.0.0.1', loopback: true, secure: true },
  };
  const { outcomes } = await gateway.process(message, principal, () => translateRest(message));
  const failed = outcomes.find(({ status }) => status === 'rejected' || status === 'failed');
  if (failed !== undefined)
    throw new Error(`the demonstration's first records were refused: ${JSON.stringify(failed)}`);
}

/** The enrollment of the printed example. */
export const exampleEnrollment = { sourcedId: 'D3000', person: 'D1000', section: 'D2000.202640' };
