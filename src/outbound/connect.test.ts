import { afterEach, expect, test } from '@jest/globals';
import {
  type AddressInfo,
  createServer,
  getDefaultAutoSelectFamilyAttemptTimeout,
  setDefaultAutoSelectFamilyAttemptTimeout,
} from 'node:net';
import { openTcp } from './connect.ts';

const defaultMs = getDefaultAutoSelectFamilyAttemptTimeout();
afterEach(() => setDefaultAutoSelectFamilyAttemptTimeout(defaultMs));

test('the first of two addresses has its share of the time, however soon Node would give it up', async () => {
  const server = createServer((socket) => void socket.on('error', () => undefined));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  setDefaultAutoSelectFamilyAttemptTimeout(10);
  // Nothing listens at the second one.
  const target = { host: 'sis.example.edu', port, addresses: ['127.0.0.1', '127.0.0.2'] };
  const opening = openTcp(target, 60_000, new AbortController().signal);
  // This process sees that the connection stands only after Node's own time for an address is over.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30);
  const socket = await opening;
  expect(socket.remoteAddress).toBe('127.0.0.1');
  socket.destroy();
  await new Promise((done) => server.close(done));
});
