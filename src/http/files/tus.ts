import express, { type Request, type Response, type Router } from 'express';
import { GatewayError } from '../../domain/problem.ts';
import type { UploadWay, WishedUpload } from '../../domain/upload.ts';
import type { Intake } from '../../pipeline/intake.ts';
import type { HttpLog } from '../http-log.ts';
import { hasBody, refuseContentEncoding } from '../json-body.ts';
import { methodNotAllowed } from '../not-found.ts';
import { messageIdOf, problemBody } from '../problem-body.ts';
import { dropRest } from '../read-body.ts';
import { bytesOf } from './file-body.ts';
import type { FileSender, SenderOf } from './sender.ts';
import { ownUpload } from './own-upload.ts';
import { checksumAlgorithms, checksumOf, countOf, metadataOf } from './tus-headers.ts';
import { wishOf } from './wish-query.ts';

export interface TusOptions {
  /** Where uploads are created, as Express has it; each is then below. */
  readonly root: string;
  /** Where the receipts of uploads are read, of this request. */
  readonly receipts: (request: Request) => string;
  readonly way: UploadWay;
  readonly intake: Intake;
  readonly senderOf: SenderOf;
  readonly limitBytes: number;
  readonly log: Pick<HttpLog, 'info'>;
}

const version = '1.0.0';
const partType = 'application/offset+octet-stream';

/**
 * Resumable uploads: the tus protocol 1.0.0 with the extensions creation, creation-with-upload, checksum, expiration and
 * termination. An upload that has all its bytes ends by itself; its receipt is where the `Link` with rel="describedby" leads.
 */
export function createTusRouter(options: TusOptions): Router {
  const router = express.Router({ caseSensitive: true });
  const serve =
    (methods: Readonly<Record<string, Handler>>) =>
    async (request: Request, response: Response): Promise<void> => {
      response.setHeader('Tus-Resumable', version);
      response.setHeader('Cache-Control', 'no-store');
      const method = methodOf(request);
      if (method === 'OPTIONS') {
        describe(response, options.limitBytes);
        return;
      }
      const handler = methods[method];
      if (handler === undefined) {
        methodNotAllowed(Object.keys(methods))(request, response, refuse);
        return;
      }
      if (refusesVersion(request, response)) return;
      await handler(options, request, response);
    };
  router.all(options.root, serve({ POST: create }));
  router.all(`${options.root}/:id`, serve({ HEAD: tell, PATCH: add, DELETE: terminate }));
  return router;
}

type Handler = (options: TusOptions, request: Request, response: Response) => Promise<void>;

function refuse(error: unknown): void {
  throw error;
}

/** "If this header is present ... the Server MUST interpret the value as the request's method." */
function methodOf(request: Request): string {
  return request.get('X-HTTP-Method-Override')?.toUpperCase() ?? request.method;
}

function describe(response: Response, limitBytes: number): void {
  response
    .set({
      'Tus-Version': version,
      'Tus-Max-Size': String(limitBytes),
      'Tus-Extension': 'creation,creation-with-upload,checksum,expiration,termination',
      'Tus-Checksum-Algorithm': checksumAlgorithms.join(','),
    })
    .status(204)
    .end();
}

/** "If the version specified by the Client is not supported by the Server, it MUST respond with the 412 status." */
function refusesVersion(request: Request, response: Response): boolean {
  if (request.get('Tus-Resumable') === version) return false;
  response.setHeader('Tus-Version', version);
  if (!request.readableEnded) dropRest(request);
  const error = new GatewayError('invalid_request', `Tus-Resumable must be ${version}.`, { field: 'Tus-Resumable' });
  response.status(412).json(problemBody(error, messageIdOf(response)));
  return true;
}

async function create(options: TusOptions, request: Request, response: Response): Promise<void> {
  const { intake, senderOf, root, way } = options;
  const sender = await senderOf(request, response);
  const announcedBytes = countOf(request, 'Upload-Length');
  const { filename: name, mode, snapshot, reprocess } = metadataOf(request);
  const wish = wishOf({ mode, snapshot, reprocess }, sender.receivedFrom);
  const brings = hasBody(request);
  if (brings) refuseOtherType(request);
  const upload = await intake.begin({ ...sender, name, way, announcedBytes, wish });
  const place = request.originalUrl.split('?')[0] ?? root;
  response.setHeader('Location', `${place}/${upload.id}`);
  const known = brings || announcedBytes === 0 ? await take(options, sender, request, response, upload, 0) : upload;
  if (known === undefined) return;
  if (brings) response.setHeader('Upload-Offset', String(known.trustedBytes));
  tellMore(options, request, response, known);
  response.status(201).end();
}

async function tell(options: TusOptions, request: Request, response: Response): Promise<void> {
  const sender = await options.senderOf(request, response);
  const found = await ownUpload(options.intake, sender, idOf(request));
  // Whoever sent the last byte may not have heard that it came.
  const upload = await ended(options, sender, found);
  response.setHeader('Upload-Offset', String(upload.trustedBytes));
  if (upload.announcedBytes !== undefined) response.setHeader('Upload-Length', String(upload.announcedBytes));
  response.setHeader('Upload-Metadata', `filename ${Buffer.from(upload.name).toString('base64')}`);
  tellMore(options, request, response, upload);
  response.status(200).end();
}

async function add(options: TusOptions, request: Request, response: Response): Promise<void> {
  const sender = await options.senderOf(request, response);
  refuseOtherType(request);
  const offset = countOf(request, 'Upload-Offset');
  const upload = await ownUpload(options.intake, sender, idOf(request));
  const known = await take(options, sender, request, response, upload, offset);
  if (known === undefined) return;
  response.setHeader('Upload-Offset', String(known.trustedBytes));
  tellMore(options, request, response, known);
  response.status(204).end();
}

async function terminate({ intake, senderOf }: TusOptions, request: Request, response: Response): Promise<void> {
  const sender = await senderOf(request, response);
  const upload = await ownUpload(intake, sender, idOf(request));
  await intake.abandon(sender.organizationId, upload.id);
  response.status(204).end();
}

/** Takes the body of a request into an upload; undefined when it was answered that its checksum is wrong. */
async function take(
  options: TusOptions,
  sender: FileSender,
  request: Request,
  response: Response,
  { id }: WishedUpload,
  offset: number,
): Promise<WishedUpload | undefined> {
  const { intake } = options;
  const { organizationId } = sender;
  refuseContentEncoding(request);
  const checksum = checksumOf(request);
  const bytes = bytesOf(request);
  if (checksum === undefined) await intake.append(organizationId, id, offset, bytes);
  else {
    try {
      await intake.appendChecked(organizationId, id, offset, hashing(bytes, checksum.hash), () => {
        if (!checksum.isRight()) throw new WrongChecksum();
      });
    } catch (error) {
      if (!(error instanceof WrongChecksum)) throw error;
      // "If the verification fails, the Server MUST respond with the 460 Checksum Mismatch status."
      response.status(460).json(problemBody(wrongChecksum(), messageIdOf(response)));
      return undefined;
    }
  }
  return ended(options, sender, await ownUpload(intake, sender, id));
}

class WrongChecksum extends Error {}

function wrongChecksum(): GatewayError {
  return new GatewayError(
    'checksum_mismatch',
    'The bytes of this request are not those of its checksum: send them again.',
  );
}

async function* hashing(
  bytes: AsyncIterable<Buffer>,
  hash: { update(bytes: Buffer): unknown },
): AsyncGenerator<Buffer> {
  for await (const chunk of bytes) {
    hash.update(chunk);
    yield chunk;
  }
}

/** An upload that has all its bytes is ended. */
function ended({ intake }: TusOptions, { organizationId }: FileSender, upload: WishedUpload): Promise<WishedUpload> {
  const isWhole = upload.sha256 === undefined && upload.trustedBytes === upload.announcedBytes;
  return isWhole ? intake.finish(organizationId, upload.id) : Promise.resolve(upload);
}

function tellMore({ receipts }: TusOptions, request: Request, response: Response, upload: WishedUpload): void {
  response.setHeader('Link', `<${receipts(request)}/${upload.id}>; rel="describedby"`);
  if (upload.sha256 === undefined) response.setHeader('Upload-Expires', upload.expiresAt.toUTCString());
}

/** "The Content-Type header MUST be application/offset+octet-stream." */
function refuseOtherType(request: Request): void {
  if (request.headers['content-type'] === partType) return;
  throw new GatewayError('unsupported_media_type', `Parts of an upload are sent with the content type ${partType}.`);
}

function idOf({ params }: Request): string {
  return String(params.id);
}
