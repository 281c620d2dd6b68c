import { z } from 'zod';
import { entityKinds, wireKinds } from '../domain/entities.ts';
import { outcomeStatuses } from '../domain/outcome.ts';
import type { Contract } from './openapi/contract.ts';
import type { RecordDialect } from './record-dialect.ts';

const outcome = z
  .object({
    verb: z.enum(['replace', 'update', 'delete']).nullable(),
    entity: z.enum(entityKinds).nullable(),
    kind: z.enum(wireKinds).nullable(),
    sourcedId: z.string().nullable(),
    status: z.enum(outcomeStatuses),
    at: z.string().optional().meta({ description: 'The XML path of the record in its message.' }),
    lmsId: z.string().optional().meta({ description: 'The LMS object, once there is one.' }),
    problems: z.array(
      z.object({ code: z.string(), message: z.string(), at: z.string().optional(), field: z.string().optional() }),
    ),
  })
  .meta({ id: 'RecordOutcome', description: 'What became of one record. Durable.' });

const report = z.object({ messageId: z.string(), outcomes: z.array(outcome) }).meta({
  id: 'Report',
  description: 'One outcome a record, in order. As XML: report/outcome/problem, with the same names as attributes.',
});

const query = z.object({
  reply: z.enum(['xml', 'json', 'empty']).optional().meta({
    description:
      'The form of the answer; without it, Accept decides, and `Prefer: return=minimal` asks for an empty one. An empty answer is always 200 for a message that could be read.',
  }),
  source: z.string().optional().meta({
    description:
      'The code of the source system whose credentials are sent, for senders that can set nothing but an address: the content type is then not looked at.',
  }),
});

/** The calls of the dialects of bare XML, as the OpenAPI file documents them. */
export function recordCalls(dialects: readonly RecordDialect[]): Contract[] {
  return dialects.map(({ path, summary, description, single }) => ({
    method: 'post',
    path,
    tag: 'For source systems',
    security: 'basic',
    summary,
    description,
    query,
    body: z.string().meta({ description: 'The XML, in UTF-8, or UTF-16 with a byte order mark.' }),
    bodyType: 'application/xml',
    responses: {
      200: {
        description: single ? 'Done, or kept and waiting: see `status`.' : 'Every record has its outcome.',
        schema: report,
      },
      ...(single ? { 201: { description: 'Created.', schema: report } } : {}),
    },
  }));
}
