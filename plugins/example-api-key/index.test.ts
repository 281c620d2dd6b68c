import { createHash } from 'node:crypto';
import { describeAuthenticator, sampleMessage } from 'passerelle/testing/kits';
import { apiKey } from './index.ts';

const key = 'a-random-key-that-nobody-knows';
const sha256 = createHash('sha256').update(key).digest('hex');
const withKey = (value: string) => sampleMessage({ headers: { 'x-registrar-key': value } });

describeAuthenticator(apiKey({ header: 'x-registrar-key', keys: [{ sha256, userName: 'registrar' }] }), {
  accepted: [{ message: withKey(key), userName: 'registrar' }],
  rejected: [
    { name: 'another key', message: withKey('a-wrong-key') },
    { name: 'an empty key', message: withKey('') },
  ],
  passed: [sampleMessage({ headers: { authorization: 'Basic dTpw' } })],
  secrets: [key, 'a-wrong-key'],
});
