import { isIP } from 'node:net';
import { createTransport } from 'nodemailer';
import type { Problem } from '../domain/problem.ts';
import type { Delivered, Mail, MailSender } from '../pipeline/notice-ports.ts';
import { isLoopback } from './special-addresses.ts';

/** The operator's mail server. */
export interface MailServer {
  readonly host: string;
  readonly port: number;
  /** From the first byte; by STARTTLS, or nothing is sent; by STARTTLS where it is offered; not at all. */
  readonly tls: 'implicit' | 'required' | 'offered' | 'none';
  readonly user?: string;
  readonly password?: string;
  /** PEM: in place of the authorities of the system. */
  readonly authorities?: string;
  readonly from: string;
}

type MailLog = Record<'info' | 'warn', (fields: object, message: string) => void>;

/** Much longer than a mail server takes that means to answer. */
const patienceMs = 15_000;
const longestMs = 30_000;

/** @param server undefined: there is none, and every mail fails */
export function createMailSender(server: MailServer | undefined, log: MailLog): MailSender {
  return {
    async send(mail) {
      if (server === undefined) return { is: 'failed', problem: notSetUp, forGood: false };
      try {
        await deliver(server, mail);
        log.info({ mail: mail.id }, 'an e-mail was handed over');
        return { is: 'sent' };
      } catch (error) {
        log.warn({ mail: mail.id, err: error }, 'an e-mail could not be handed over');
        return failure(error as SmtpError);
      }
    },
  };
}

async function deliver(server: MailServer, { id, to, subject, text, language }: Mail): Promise<void> {
  const transport = createTransport(optionsOf(server));
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(Object.assign(new Error('too slow'), { code: 'ETIMEDOUT' })), longestMs);
  const sending = transport.sendMail({
    from: server.from,
    // As it was checked, and not to be parsed again: a list or a name hides in no address.
    to: { name: '', address: to },
    subject,
    text,
    // The same again when it is sent again: mail programs then show one.
    messageId: `<${id}@passerelle>`,
    headers: {
      // RFC 3834, 5: answering machines leave it alone.
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
      'Content-Language': language,
    },
  });
  try {
    await Promise.race([sending, late.promise]);
  } finally {
    clearTimeout(timer);
    transport.close();
  }
}

/**
 * How TLS is spoken with a mail server. Nobody listens on the way to this very machine, whose mail server often shows a
 * certificate that nobody trusts; to others it is required, unless the operator permits clear text.
 */
export function mailTlsOf(scheme: 'smtp' | 'smtps', host: string, allowClearText: boolean): MailServer['tls'] {
  if (scheme === 'smtps') return 'implicit';
  if (host === 'localhost' || (isIP(host) !== 0 && isLoopback(host))) return 'none';
  return allowClearText ? 'offered' : 'required';
}

function optionsOf({ host, port, tls, user, password, authorities }: MailServer) {
  return {
    host,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'required',
    ignoreTLS: tls === 'none',
    ...(user === undefined ? {} : { auth: { user, pass: password ?? '' } }),
    tls: {
      minVersion: 'TLSv1.2' as const,
      rejectUnauthorized: true,
      ...(authorities === undefined ? {} : { ca: authorities }),
    },
    connectionTimeout: patienceMs,
    greetingTimeout: patienceMs,
    socketTimeout: patienceMs,
    dnsTimeout: patienceMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

interface SmtpError {
  readonly code?: string;
  readonly command?: string;
  readonly responseCode?: number;
  readonly response?: string;
}

const notSetUp: Problem = {
  code: 'mail_not_set_up',
  message: 'No mail server is set up for this gateway: its operator sets PASSERELLE_SMTP_URL and PASSERELLE_MAIL_FROM.',
};

/** The details are the operator's: they are in the log. */
function failure({ code, command, responseCode = 0, response = '' }: SmtpError): Delivered {
  const answered = responseCode === 0 ? '' : ` (SMTP ${String(responseCode)})`;
  if (code === 'EENVELOPE' || code === 'EMESSAGE') {
    const said = response.replace(/[\p{Cc}\p{Cf}]+/gu, ' ').slice(0, 300);
    const message = `The mail server refuses the mail: ${said === '' ? 'it does not say why' : said}`;
    // RFC 5321, 4.2.1: of 5yz, "the SMTP client SHOULD NOT repeat the exact request".
    return { is: 'failed', problem: { code: 'mail_refused', message }, forGood: isFinal(command, responseCode) };
  }
  const what =
    code === 'EAUTH'
      ? `does not accept the user name and password of the gateway${answered}`
      : code === 'ETLS'
        ? 'does not speak TLS as it must: no STARTTLS, or a certificate that is not trusted'
        : `cannot be reached, or does not answer as one${answered}`;
  return {
    is: 'failed',
    problem: {
      code: 'mail_server_unavailable',
      message: `The mail server ${what}. The log of the gateway has the details.`,
    },
    forGood: false,
  };
}

/** What is wrong with the recipient stays wrong; what is wrong with us, the operator may correct. */
function isFinal(command: string | undefined, responseCode: number): boolean {
  return command === 'RCPT TO' && responseCode >= 500;
}
