import { pipeline } from 'node:stream/promises';
import express, { type Request, type Router } from 'express';
import { z } from 'zod';
import { GatewayError } from '../../domain/problem.ts';
import type { RunAdministration } from '../../domain/administration/index.ts';
import type { Intake } from '../../pipeline/intake.ts';
import { describeIssues } from '../../formats/json/index.ts';
import { problemLines } from '../api/routes/runs/problem-lines.ts';
import { challengeFor } from '../challenge.ts';
import type { HttpLog } from '../http-log.ts';
import { methodNotAllowed } from '../not-found.ts';
import type { Contract } from '../openapi/contract.ts';
import { answerErrors, messageIdOf } from '../problem-body.ts';
import { fileBodyOf } from './file-body.ts';
import { receiptOf, receiptSchema } from './receipt.ts';
import { ownUpload } from './own-upload.ts';
import type { SenderOf } from './sender.ts';
import { createTusRouter } from './tus.ts';
import { fileName, wishOf, wishShape } from './wish-query.ts';

export interface FileDoorOptions {
  readonly intake: Intake;
  readonly senderOf: SenderOf;
  readonly problems: RunAdministration['problems'];
  readonly limitBytes: number;
  readonly log: Pick<HttpLog, 'info' | 'error'>;
}

const root = '/sis/v1/files';
const tusRoot = '/sis/v1/tus';
const query = z.strictObject({ name: fileName, ...wishShape });
const tag = 'Files';

/** The calls of source systems about files, as the OpenAPI file documents them. */
export const fileCalls: readonly Contract[] = [
  {
    method: 'post',
    path: root,
    tag,
    summary: 'Send a file',
    description:
      'The file itself is the body, as it is. Answered when its bytes are durable. For files that take long, or lines that break, use tus 1.0.0 at /sis/v1/tus.',
    security: 'basic',
    query,
    body: z.unknown(),
    bodyType: 'application/octet-stream',
    responses: { 201: { description: 'The receipt.', schema: receiptSchema } },
  },
  {
    method: 'get',
    path: `${root}/{id}`,
    tag,
    summary: 'Read the receipt of a file',
    security: 'basic',
    params: z.strictObject({ id: z.uuid() }),
    responses: { 200: { description: 'The receipt, as it is now.', schema: receiptSchema } },
  },
  {
    method: 'get',
    path: `${root}/{id}/problems.csv`,
    tag,
    summary: 'Download what is wrong with a file',
    description: 'All problems that its run has found so far, with file, line and column, as CSV in UTF-8.',
    security: 'basic',
    params: z.strictObject({ id: z.uuid() }),
    responses: { 200: { description: 'The problems.', schema: z.string(), type: 'text/csv' } },
  },
];

/** The door of files for source systems, with their own credentials. */
export function createFileDoor({ intake, senderOf, problems, limitBytes, log }: FileDoorOptions): Router {
  const router = express.Router({ caseSensitive: true });
  router
    .route(root)
    .post(async (request, response) => {
      response.setHeader('Cache-Control', 'no-store');
      const sender = await senderOf(request, response);
      const { name, ...wish } = queryOf(request);
      const { bytes, announcedBytes, digests } = fileBodyOf(request);
      const upload = await intake.receive(
        {
          ...sender,
          name,
          way: 'rest',
          wish: wishOf(wish, sender.receivedFrom),
          ...(announcedBytes === undefined ? {} : { announcedBytes }),
        },
        bytes,
        digests,
      );
      log.info({ messageId: messageIdOf(response), uploadId: upload.id }, 'file answered');
      response.status(201).location(`${root}/${upload.id}`).json(receiptOf(upload));
    })
    .all(methodNotAllowed(['POST']));
  router
    .route(`${root}/:id`)
    .get(async (request, response) => {
      response.setHeader('Cache-Control', 'no-store');
      response.json(receiptOf(await ownUpload(intake, await senderOf(request, response), request.params.id)));
    })
    .all(methodNotAllowed(['GET']));
  router
    .route(`${root}/:id/problems.csv`)
    .get(async (request, response) => {
      response.setHeader('Cache-Control', 'no-store');
      const sender = await senderOf(request, response);
      const { id, runId, repeats } = await ownUpload(intake, sender, request.params.id);
      const of = runId ?? repeats?.runId;
      if (of === undefined)
        throw new GatewayError('not_found', 'It has no run yet: ask again when its receipt names one.');
      response.setHeader('content-type', 'text/csv; charset=utf-8');
      response.setHeader('content-disposition', `attachment; filename="problems-${id}.csv"`);
      const page = (after?: string) =>
        problems(sender.organizationId, of, {}, { limit: 1_000, ...(after === undefined ? {} : { after }) });
      await pipeline(problemLines(page), response);
    })
    .all(methodNotAllowed(['GET']));
  router.use(createTusRouter({ root: tusRoot, receipts: () => root, way: 'tus', intake, senderOf, limitBytes, log }));
  for (const path of [root, tusRoot]) router.use(path, answerErrors({ challenge: challengeFor, log }));
  return router;
}

function queryOf(request: Request): z.output<typeof query> {
  const given = Object.fromEntries(new URL(request.originalUrl, 'http://gateway').searchParams);
  const parsed = query.safeParse(given);
  if (parsed.success) return parsed.data;
  const [mistake] = describeIssues(parsed.error, given);
  throw new GatewayError('invalid_request', `In the query, ${mistake?.message ?? 'something is wrong'}`, {
    ...(mistake?.field === undefined ? {} : { field: mistake.field }),
  });
}
