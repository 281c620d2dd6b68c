import { describe, expect, test } from '@jest/globals';
import { guardAuthenticator } from '../../pipeline/plugins/index.ts';
import type { Message, MessageAuthenticator } from '../../pipeline/ports.ts';
import { hostileMessages } from './hostile-messages.ts';
import { deepFreeze } from './listed.ts';
import { sampleMessage } from './samples.ts';

export interface AuthenticatorExamples {
  /** Messages with a right credential, and the user name that it stands for (of a `require` link: messages that it agrees with). */
  readonly accepted: readonly { readonly message: Message; readonly userName?: string }[];
  /** Messages with a credential of this kind that is wrong. */
  readonly rejected: readonly { readonly name: string; readonly message: Message }[];
  /** Messages that carry no credential of this kind. */
  readonly passed?: readonly Message[];
  /** Messages with a well-formed credential of somebody who is unknown here: they must look like wrong ones. */
  readonly strangers?: readonly Message[];
  /** Secrets that stand in the messages, or that they were made with: no reason may repeat them. */
  readonly secrets?: readonly string[];
}

/**
 * The conformance kit of authenticators: knows its own credentials and no others, tells right from wrong and strangers from
 * nobody, says the same twice, changes no message, repeats no secret, says whether it exposes one, and never falls over
 * whatever a message holds.
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
      expect(examples.accepted).not.toEqual([]);
      for (const { message, userName } of examples.accepted) {
        deepFreeze(message);
        expect(authenticator.recognises(message)).toBe(true);
        const verdict = await authenticator.authenticate(message);
        expect(verdict.verdict).toBe('accept');
        if (authenticator.role === 'identify') expect(verdict).toMatchObject({ userName });
        const claimed = authenticator.claimedUserName(message);
        if (claimed !== undefined) expect(claimed).toBe(userName);
        // Rule 3: of a credential that names nobody, it is looked up whose it is.
        if (authenticator.findUserName !== undefined && claimed === undefined)
          expect(await authenticator.findUserName(message)).toBe(userName);
        expect(await authenticator.authenticate(message)).toEqual(verdict);
      }
    });

    test('says so if it exposes a secret on the way', () => {
      const sent = examples.accepted.map(({ message }) => message);
      const exposed = (examples.secrets ?? []).some((secret) => sent.some((message) => holds(message, secret)));
      if (!authenticator.exposesSecret) expect(exposed).toBe(false);
    });

    test.each([...examples.rejected])('rejects $name, and repeats no secret', async ({ message }) => {
      deepFreeze(message);
      expect(authenticator.recognises(message)).toBe(true);
      const verdict = await authenticator.authenticate(message);
      expect(verdict.verdict).toBe('reject');
      for (const secret of examples.secrets ?? []) expect(JSON.stringify(verdict)).not.toContain(secret);
    });

    if (examples.strangers !== undefined) {
      test.each(examples.strangers)('takes a stranger for one with a wrong credential', async (message) => {
        expect(authenticator.recognises(message)).toBe(true);
        expect((await authenticator.authenticate(message)).verdict).toBe('reject');
      });
    }

    if (authenticator.role === 'identify') {
      test('leaves messages alone that carry no credential of its kind', async () => {
        for (const message of [sampleMessage(), ...(examples.passed ?? [])]) {
          expect(authenticator.recognises(message)).toBe(false);
          expect(authenticator.claimedUserName(message)).toBeUndefined();
          expect((await authenticator.authenticate(message)).verdict).not.toBe('accept');
        }
      });
    }

    test.each(hostileMessages())('stands %s', async (_, message) => {
      deepFreeze(message);
      const recognised = authenticator.recognises(message);
      expect(authenticator.recognises(message)).toBe(recognised);
      authenticator.claimedUserName(message);
      const { verdict } = await authenticator.authenticate(message);
      if (authenticator.role === 'identify') expect(verdict).not.toBe('accept');
    });
  });
}

/** As it is, or in any of the base64 texts that a message is made of. */
function holds({ headers, soapHeaders = [], body }: Message, secret: string): boolean {
  const whole = [...Object.values(headers), JSON.stringify(soapHeaders), body.toString()].join('\n');
  if (whole.includes(secret)) return true;
  const encoded = whole.match(/[\w+/-]{4,}={0,2}/g) ?? [];
  return encoded.some((text) => Buffer.from(text, 'base64').toString().includes(secret));
}
