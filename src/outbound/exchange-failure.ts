import { CallFailed, type CallStep } from './call-failed.ts';
import { TooMuch } from './exchange.ts';
import { clientCertificateRefusal } from './tls-failure.ts';

/** The time of the endpoint is over. Before an answer began, another attempt may be luckier. */
export function late(step: CallStep, { host }: URL, afterMs: number, answering: boolean): CallFailed {
  const what: Partial<Record<CallStep, string>> = {
    name: `The name of ${host} could not be looked up`,
    connection: `No connection with ${host} stood`,
    tls: `TLS with ${host} was not agreed on`,
  };
  const said = what[step] ?? `${host} ${answering ? 'did not finish its answer' : 'did not answer'}`;
  return new CallFailed(step, 'endpoint_timeout', `${said} within ${afterMs / 1000} s.`, { passing: !answering });
}

/** An authenticator did not come to an end: whoever it asks may answer another time. */
export function lateAuthenticator(name: string, afterMs: number): CallFailed {
  const message = `The outbound authenticator ${name} did not come to an end within ${afterMs / 1000} s. Nothing was sent.`;
  return new CallFailed('authentication', 'endpoint_timeout', message, { passing: true });
}

/** It went on and on, whichever side was slow: nothing that would be quicker another time. */
export function endless({ host }: URL, afterMs: number): CallFailed {
  const message = `The file of ${host} was not whole after ${afterMs / 3_600_000} h, which is the longest that one may take.`;
  return new CallFailed('http', 'endpoint_timeout', message);
}

/** What went wrong with a request that was sent, and its answer. What is none of it is a defect, and thrown on. */
export function exchangeFailure(
  error: unknown,
  { host, protocol }: URL,
  answering: boolean,
  socketError: Error | null,
): unknown {
  if (error instanceof TooMuch)
    return unreadable(`it has more than ${error.limitBytes} bytes, which are not read`, error);
  if (!(error instanceof Error)) return error;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  // The socket may have failed before anybody waited for an answer.
  const refused = clientCertificateRefusal(error, host) ?? (socketError && clientCertificateRefusal(socketError, host));
  if (refused != null) return refused;
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return unreadable('its headers are too large', error);
  if (error.name === 'HTTPParserError') return unreadable('it is not HTTP. Check the port of the address', error);
  // undici holds the status of an answer to be one.
  if (code === 'ERR_ASSERTION') return unreadable('its status is none of HTTP', error);
  if (!broken.test(code)) return error;
  // It was heard: whoever asks once more may be told something else. Not here; who fetches a file does.
  if (answering) {
    const message = `The connection with ${host} broke off in the middle of its answer.`;
    return new CallFailed('http', 'endpoint_unreachable', message, { cause: error });
  }
  const hint =
    protocol === 'https:' ? ' It may not accept the TLS client certificate of the gateway, or ask for one.' : '';
  return new CallFailed('http', 'endpoint_unreachable', `${host} closed the connection before it answered.${hint}`, {
    passing: true,
    cause: error,
  });

  function unreadable(what: string, cause: Error): CallFailed {
    return new CallFailed('http', 'endpoint_answer_unreadable', `The answer of ${host} cannot be read: ${what}.`, {
      cause,
    });
  }
}

/** Codes of a socket that is gone, whoever closed it; undici has some of its own. */
const broken =
  /^(?:ECONNRESET|ECONNABORTED|EPIPE|ETIMEDOUT|EPROTO|ERR_SSL_.+|UND_ERR_(?:SOCKET|RES_CONTENT_LENGTH_MISMATCH|CLOSED|DESTROYED|ABORTED))$/;
