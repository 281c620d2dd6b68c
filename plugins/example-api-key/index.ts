import { createHash, timingSafeEqual } from 'node:crypto';
import { definePlugin, type Message, type MessageAuthenticator, pluginApiVersion } from 'passerelle';
import { z } from 'zod';

const options = z.strictObject({
  header: z
    .string()
    .min(1)
    .default('x-registrar-key')
    .transform((name) => name.toLowerCase()),
  /** The SHA-256 of each key in hexadecimal, and the user name that it stands for. Keys are random: no slow hash is needed. */
  keys: z.array(z.strictObject({ sha256: z.string().regex(/^[\da-f]{64}$/), userName: z.string().min(1) })).min(1),
});
type Options = z.output<typeof options>;

/** API keys in a header of their own: the example of the plug-in author's guide. */
export const plugin = definePlugin<Options>({
  name: 'example-api-key',
  apiVersion: pluginApiVersion,
  options,
  open: (given) => ({ authenticators: [apiKey(given)] }),
});

/** One header, one key. The user name must be a login of a source system, as with every authenticator. */
export function apiKey({ header, keys }: Options): MessageAuthenticator {
  const presented = (message: Message): string | undefined => message.headers[header];
  return {
    name: 'example-api-key',
    role: 'identify',
    // The key itself goes over the wire: beyond loopback the gateway asks for TLS.
    exposesSecret: true,
    recognises: (message) => presented(message) !== undefined,
    claimedUserName: (message) => userNameOf(presented(message), keys),
    authenticate(message) {
      const key = presented(message);
      if (key === undefined) return Promise.resolve({ verdict: 'pass' });
      const userName = userNameOf(key, keys);
      return Promise.resolve(
        userName === undefined
          ? { verdict: 'reject', reason: 'the API key is unknown' }
          : { verdict: 'accept', userName },
      );
    },
  };
}

/** Looks at every key, so that the time tells nothing of the place. */
function userNameOf(key: string | undefined, keys: Options['keys']): string | undefined {
  if (key === undefined) return undefined;
  const hash = createHash('sha256').update(key).digest();
  let found: string | undefined;
  for (const { sha256, userName } of keys) {
    if (timingSafeEqual(hash, Buffer.from(sha256, 'hex'))) found = userName;
  }
  return found;
}
