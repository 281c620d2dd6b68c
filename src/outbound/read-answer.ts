import { GatewayError } from '../domain/problem.ts';
import { charsetOf, parseXml } from '../formats/xml/index.ts';
import type { ElementView } from '../pipeline/ports.ts';
import { CallFailed } from './call-failed.ts';
import type { HeardHead } from './attempt.ts';
import { refuseStatus } from './refuse-status.ts';
import { findElement, saidText, textAt } from './said-text.ts';
import type { SecretRemover } from './secret-remover.ts';

export interface WholeAnswer extends HeardHead {
  readonly url: URL;
  readonly body: Buffer;
  readonly now: Date;
}

/**
 * Reads the answer of a SOAP service by our own parser, under its limits: the body element of a success; undefined where the
 * service has nothing to say (202, 204, an empty Body).
 *
 * @throws CallFailed for a fault, a LIS status that is no success, an HTTP status that is none, and what cannot be read
 */
export function readSoapAnswer(answer: WholeAnswer): ElementView | undefined {
  const { status, url, body, secrets } = answer;
  const read = body.length === 0 ? undefined : parsed(answer);
  const envelope = read !== undefined && !(read instanceof CallFailed) && read.name === 'Envelope' ? read : undefined;
  const content = envelope && bodyOf(envelope);
  const fault = content?.name === 'Fault' ? faultOf(content) : undefined;
  if (fault !== undefined) refuseFault(answer, fault);
  refuseStatus(answer, (envelope && statusInfo(envelope, answer.secrets)?.description) ?? '');
  if (envelope !== undefined) {
    refuseLisStatus(answer, envelope);
    return content;
  }
  if (read === undefined && (status === 202 || status === 204)) return undefined;
  if (read instanceof CallFailed) throw read;
  throw unreadable(
    url,
    read === undefined ? 'it is empty' : `it is no SOAP envelope but a document <${saidText(read.name, secrets)}>`,
  );
}

function unreadable(url: URL, what: string): CallFailed {
  return new CallFailed(
    'soap',
    'endpoint_answer_unreadable',
    `The answer of ${url.host} cannot be read: ${what}. Check that the address is that of the SOAP service.`,
  );
}

/** The root element, or why there is none. */
function parsed({ headers, url, body, secrets }: WholeAnswer): ElementView | CallFailed {
  const type = String(headers['content-type'] ?? '');
  const coding = String(headers['content-encoding'] ?? 'identity');
  if (coding.toLowerCase() !== 'identity')
    return unreadable(url, `it is compressed (${saidText(coding, secrets)}), which was not asked for`);
  if (/^\s*multipart\//i.test(type)) return unreadable(url, 'it has attachments (MTOM), which are not read');
  try {
    return parseXml(body, undefined, charsetOf(type));
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return unreadable(
      url,
      /html/i.test(type)
        ? 'it is a page for people (HTML)'
        : reasonOf(secrets.octets(body, charsetOf(type)), secrets.text(type)),
    );
  }
}

/** Why there is no root element, read again without the secrets: the reason quotes the document. */
function reasonOf(shown: Buffer, type: string): string {
  try {
    parseXml(shown, undefined, charsetOf(type));
    return 'it is not XML';
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return error.message.replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ').replace(/\.$/, '');
  }
}

function bodyOf({ children, namespace }: ElementView): ElementView | undefined {
  return children.find((child) => child.name === 'Body' && child.namespace === namespace)?.children[0];
}

interface Fault {
  readonly codes: readonly string[];
  readonly text: string;
}

/** SOAP 1.1, 4.4; SOAP 1.2 part 1, 5.4. */
function faultOf(fault: ElementView): Fault {
  const codes = [
    textAt(fault, 'faultcode'),
    ...(findElement(fault, 'Code') === undefined ? [] : valuesIn(findElement(fault, 'Code'))),
  ].filter((code) => code !== undefined);
  return { codes, text: textAt(fault, 'faultstring') ?? textAt(fault, 'Text') ?? '' };
}

/** The Code, and its Subcodes below one another. */
function valuesIn(code: ElementView | undefined): string[] {
  if (code === undefined) return [];
  const value = code.children.find(({ name }) => name === 'Value')?.text.trim() ?? '';
  return [value, ...valuesIn(code.children.find(({ name }) => name === 'Subcode'))];
}

/** SOAP Message Security 1.1, section 12, and what WCF and others say in their place. */
const aboutCredentials =
  /(?:^|:)(?:FailedAuthentication|FailedCheck|InvalidSecurity|InvalidSecurityToken|UnsupportedSecurityToken|UnsupportedAlgorithm|SecurityTokenUnavailable|MessageExpired|BadContextToken|AccessDenied|Client\.Authentication|Client\.Authorization)$/i;

function refuseFault(answer: WholeAnswer, { codes, text }: Fault): never {
  const { status, url, secrets } = answer;
  const said = saidText(`${codes.join(' / ')}: ${text}`, secrets);
  if (codes.some((code) => aboutCredentials.test(code))) {
    throw new CallFailed(
      'authentication',
      'endpoint_authentication',
      `${url.host} does not accept the credentials: ${said}. Check user name, password, key and certificate, and the clocks of both sides.`,
    );
  }
  refuseStatus({ ...answer, status: status === 500 || status === 400 ? 200 : status }, said);
  throw new CallFailed('soap', 'endpoint_refused', `${url.host} refused the message with a SOAP fault: ${said}`);
}

interface StatusInfo {
  readonly major: string;
  readonly minors: readonly string[];
  readonly description: string;
}

/** `imsx_statusInfo` of LIS 2.0, `statusInfo` of its forebears; undefined where there is none. */
function statusInfo(envelope: ElementView, secrets: SecretRemover): StatusInfo | undefined {
  const info = findElement(envelope, 'imsx_statusInfo') ?? findElement(envelope, 'statusInfo');
  const major = info && (textAt(info, 'imsx_codeMajor') ?? textAt(info, 'codeMajor'));
  if (info === undefined || major === undefined) return undefined;
  const severity = textAt(info, 'imsx_severity') ?? textAt(info, 'severity') ?? '';
  const minor = textAt(info, 'imsx_codeMinorFieldValue') ?? textAt(info, 'codeMinorValue') ?? '';
  // An Axis server names the error where others name who says it.
  const named = textAt(info, 'imsx_codeMinorFieldName') ?? '';
  const text = textAt(info, 'imsx_description') ?? textAt(info, 'description') ?? '';
  const codes = [major, severity, minor].filter((code) => code !== '').join(' / ');
  return {
    major: major.toLowerCase(),
    minors: [minor, named].map((each) => each.toLowerCase()),
    description: saidText(text === '' ? codes : `${codes}: ${text}`, secrets),
  };
}

/** Decided on codeMajor, in any case of letters, and never on the severity: peers use that one as they like. */
function refuseLisStatus({ url, secrets }: WholeAnswer, envelope: ElementView): void {
  const info = statusInfo(envelope, secrets);
  if (info === undefined || info.major === 'success' || info.major === 'processing') return;
  // "target busy, retry": the one failure that passes by itself; a link failure is its own to somebody else.
  if (info.minors.some((minor) => minor === 'targetisbusy' || minor === 'linkfailure')) {
    throw new CallFailed('soap', 'endpoint_busy', `${url.host} is busy: ${info.description}.`, { passing: true });
  }
  throw new CallFailed('soap', 'endpoint_refused', `${url.host} refused the message: ${info.description}`);
}
