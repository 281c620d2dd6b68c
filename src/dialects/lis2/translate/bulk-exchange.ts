import { type AnnouncedFile, type ExchangeNotice, mostFiles } from '../../../domain/bulk-exchange.ts';
import { checkSumAlgorithms, checkSumOf } from '../../../domain/check-sum.ts';
import { GatewayError } from '../../../domain/problem.ts';
import { child, children, instantOf, malformed, missing, textOf, valueOf } from '../../../formats/ims/index.ts';
import type { ElementView } from '../../../pipeline/ports.ts';
import type { LisRequest } from './request.ts';

/** What a request about a bulk data exchange says. Throws GatewayError. */
type NoticeOf = (request: LisRequest) => ExchangeNotice;

/** The operations by which a SIS speaks of an exchange, by name; the other operations of the service are called at the SIS. */
export const exchangeNotices: ReadonlyMap<string, NoticeOf> = new Map<string, NoticeOf>([
  ['announceBulkDataExchange', announced],
  ['announceFailureBulkDataExchange', failed],
]);

const longestId = 255;

function announced(request: LisRequest): ExchangeNotice {
  const { body, quirks } = request;
  const at = `/${body.name}/bulkBlockManifest`;
  const manifest = child(body, 'bulkBlockManifest');
  if (manifest === undefined) throw missing('What is announced', at);
  const found = children(manifest, 'bulkBlockDataFile');
  if (found.length === 0) throw missing('A file', `${at}/bulkBlockDataFile`);
  if (found.length > mostFiles) {
    const message = `${at} has ${found.length} files, and ${mostFiles} are taken: announce the others by exchanges of their own.`;
    throw new GatewayError('invalid_data', message, { at });
  }
  const expiresAt = instantOf(child(manifest, 'expiryDate'), `${at}/expiryDate`, quirks);
  return {
    says: 'announced',
    transactionId: transactionIdOf(body),
    files: found.map((file, index) => fileOf(file, `${at}/bulkBlockDataFile[${index + 1}]`)),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}

/** The report is free: its texts are taken as they stand, at whatever depth. */
function failed({ body }: LisRequest): ExchangeNotice {
  const report = child(body, 'failureReport');
  return {
    says: 'failed',
    transactionId: transactionIdOf(body),
    report: report === undefined ? [] : textsOf(report).slice(0, mostTexts),
  };
}

const mostTexts = 100;
const longestText = 2_000;

function textsOf(element: ElementView): string[] {
  const own = valueOf(element)?.slice(0, longestText);
  return [...(own === undefined ? [] : [own]), ...element.children.flatMap(textsOf)];
}

function transactionIdOf(body: ElementView): string {
  const at = `/${body.name}/transactionId`;
  const element = child(body, 'transactionId');
  const id = textOf(element) ?? valueOf(child(element, 'guid', 'sourcedId'));
  if (id === undefined) throw missing('The id of the exchange', at);
  if (Buffer.byteLength(id) <= longestId) return id;
  throw new GatewayError('value_too_long', `${at} has more than ${longestId} bytes.`, { at });
}

function fileOf(file: ElementView, at: string): AnnouncedFile {
  const size = textOf(child(file, 'totalSize'));
  if (size !== undefined && !/^\d{1,15}$/.test(size))
    throw malformed('This is no number of bytes', size, `${at}/totalSize`);
  const checkSum = textOf(child(file, 'checkSum'));
  if (checkSum !== undefined && checkSumOf(checkSum) === undefined) {
    const what = `This is no checksum that can be verified (${checkSumAlgorithms.join(', ')}, in hexadecimal or base64)`;
    throw malformed(what, checkSum, `${at}/checkSum`);
  }
  return {
    address: addressOf(file, `${at}/url`),
    ...(size === undefined ? {} : { sizeBytes: Number(size) }),
    ...(checkSum === undefined ? {} : { checkSum }),
  };
}

const longestAddress = 4_000;

/** The address is not repeated in what is said of it: there may be a password in it. */
function addressOf(file: ElementView, at: string): string {
  const text = textOf(child(file, 'url'));
  if (text === undefined) throw missing('The address of the file', at);
  const refuse = (what: string): GatewayError => new GatewayError('invalid_data', `${what}: ${at}.`, { at });
  const url = text.length > longestAddress ? null : URL.parse(text);
  if (url === null || (url.hostname === '' && url.protocol !== 'file:'))
    throw refuse('This is not an address like https://sis.example.edu/export/people.xml');
  const refusal = refusedSchemes[url.protocol];
  if (refusal !== undefined) throw refuse(refusal);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw refuse(`Files are fetched by https or http, not by ${url.protocol.slice(0, -1)}`);
  url.hash = '';
  return url.href;
}

const refusedSchemes: Readonly<Record<string, string>> = {
  'file:':
    'A file: address would be a file of the gateway’s own machine, which no sender may name; put it on a web server',
  'ftp:': 'ftp shows password and file to whoever listens, and cannot tell a whole file from a cut one; use https',
  'sftp:':
    'An sftp: address needs the fingerprint of its host, which an announcement cannot carry; use https, or have the address fetched on schedule',
};
