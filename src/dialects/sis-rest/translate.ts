import type { Message } from '../../pipeline/ports.ts';
import { messagesPath, type RestTranslation } from './rest-translation.ts';
import { translateCall } from './translate-call.ts';
import { translateMessages } from './translate-messages.ts';

/**
 * What one call of the REST door wishes: a call about one object is one command, POST /sis/v1/messages up to a thousand.
 *
 * Throws GatewayError for what refuses the whole message: `malformed_json`, `bad_encoding`, `not_found`, and the problem
 * of a single record (`invalid_data`, `incomplete_data`, `value_too_long`).
 */
export function translateRest(message: Message): RestTranslation {
  const url = new URL(message.path, 'http://gateway');
  return url.pathname === messagesPath ? translateMessages(message) : translateCall(message, url);
}
