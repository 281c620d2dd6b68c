import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { expect, test } from '@jest/globals';
import { readBody, readingLimitBytes } from './read-body.ts';

const limitBytes = 2 * 1024 * 1024;

function request(): PassThrough & IncomingMessage {
  return Object.assign(new PassThrough({ highWaterMark: 2 * limitBytes }), { headers: {}, complete: true }) as never;
}

test('bodies that are being received are bounded in sum, and what is read or refused makes room again', async () => {
  const many = Array.from({ length: readingLimitBytes / limitBytes }, request);
  const bodies = many.map((one) => readBody(one, limitBytes));
  for (const one of many) one.write(Buffer.alloc(limitBytes));
  const late = request();
  const refused = readBody(late, limitBytes);
  late.end('x');
  await expect(refused).rejects.toMatchObject({ code: 'busy', retryAfterS: 5 });
  for (const one of many) one.end();
  expect((await Promise.all(bodies)).map(({ length }) => length)).toEqual(many.map(() => limitBytes));
  const again = request();
  again.end('x');
  expect(await readBody(again, limitBytes)).toEqual(Buffer.from('x'));
});
