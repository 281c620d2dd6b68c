import { describe, expect, test } from '@jest/globals';
import { guardAuthenticator } from '../../pipeline/plugins/index.ts';
import type { Message, MessageAuthenticator } from '../../pipeline/ports.ts';
import { sampleMessage } from './samples.ts';

export interface AuthenticatorExamples {
  /** Messages with a right credential, and the user name that it stands for (of a `require` link: messages that it agrees with). */
  readonly accepted: readonly { readonly message: Message; readonly userName?: string }[];
  /** Messages with a credential of this kind that is wrong. */
  readonly rejected: readonly { readonly name: string; readonly message: Message }[];
  /** Messages that carry no credential of this kind. */
  readonly passed?: readonly Message[];
  /** Secrets that stand in the messages: no reason may repeat them. */
  readonly secrets?: readonly string[];
}

/**
 * The conformance kit of authenticators: knows its own credentials and no others, tells right from wrong, repeats no secret,
 * and never falls over whatever a message holds.
 */
export function describeAuthenticator(given: MessageAuthenticator, examples: AuthenticatorExamples): void {
  // As it runs in a gateway: a promise where an answer should be is said of it by name.
  const authenticator = guardAuthenticator(given);
  describe(`the authenticator ${authenticator.name}`, () => {
    test('says what it is', () => {
      expect(authenticator.name).toMatch(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/);
      expect(['identify', 'require']).toContain(authenticator.role);
    });

    test('accepts a right credential, under the user name that it claims', async () => {
      for (const { message, userName } of examples.accepted) {
        expect(authenticator.recognises(message)).toBe(true);
        const verdict = await authenticator.authenticate(message);
        expect(verdict.verdict).toBe('accept');
        if (authenticator.role === 'identify') expect(verdict).toMatchObject({ userName });
        const claimed = authenticator.claimedUserName(message);
        if (claimed !== undefined) expect(claimed).toBe(userName);
      }
    });

    test.each([...examples.rejected])('rejects $name, and repeats no secret', async ({ message }) => {
      expect(authenticator.recognises(message)).toBe(true);
      const verdict = await authenticator.authenticate(message);
      expect(verdict.verdict).toBe('reject');
      for (const secret of examples.secrets ?? []) expect(JSON.stringify(verdict)).not.toContain(secret);
    });

    if (authenticator.role === 'identify') {
      test('leaves messages alone that carry no credential of its kind', async () => {
        for (const message of [sampleMessage(), ...(examples.passed ?? [])]) {
          expect(authenticator.recognises(message)).toBe(false);
          expect(authenticator.claimedUserName(message)).toBeUndefined();
          expect((await authenticator.authenticate(message)).verdict).not.toBe('accept');
        }
      });
    }

    test.each(hostile)('stands %s', async (_, message) => {
      const recognised = authenticator.recognises(message);
      expect(authenticator.recognises(message)).toBe(recognised);
      authenticator.claimedUserName(message);
      const { verdict } = await authenticator.authenticate(message);
      if (authenticator.role === 'identify') expect(verdict).not.toBe('accept');
    });
  });
}

const hostile: readonly [string, Message][] = [
  ['an empty authorization', sampleMessage({ headers: { authorization: '' } })],
  ['a scheme without a credential', sampleMessage({ headers: { authorization: 'Basic', 'x-api-key': '' } })],
  ['a scheme that nobody knows', sampleMessage({ headers: { authorization: 'Quantum abc' } })],
  ['control characters', sampleMessage({ headers: { authorization: 'Basic \u0001\u0002', 'x-api-key': '\u0001' } })],
  [
    'a credential without end',
    sampleMessage({ headers: { authorization: `Basic ${'x'.repeat(100_000)}`, 'x-api-key': 'x'.repeat(100_000) } }),
  ],
  ['a SOAP message without headers', sampleMessage({ door: 'soap', soapHeaders: [] })],
];
