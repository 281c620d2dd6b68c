import { z } from 'zod';
import { entityKinds, wireKinds } from '../../domain/entities.ts';
import { outcomeStatuses } from '../../domain/outcome.ts';
import {
  associationFields,
  enrollmentChanges,
  enrollmentFields,
  orgUnitCallKind,
  orgUnitFields,
  renaming,
  sourcedId,
  userFields,
} from './fields.ts';
import { messagesPath } from './rest-translation.ts';
import { listQueries } from './translate-list.ts';
import { maxCommands, maxLists, restCommand } from './translate-messages.ts';

/* The calls of the door, as the OpenAPI file documents them and the HTTP door routes them. */

const problem = z
  .object({ code: z.string(), message: z.string(), at: z.string().optional(), field: z.string().optional() })
  .meta({ id: 'RecordProblem', description: 'A warning, the reason of a wait, or why a record was refused.' });

const outcomeShape = {
  verb: z.enum(['replace', 'update', 'delete', 'read', 'rename', 'list']).nullable(),
  entity: z.enum(entityKinds).nullable(),
  kind: z.enum(wireKinds).nullable(),
  sourcedId: z.string().nullable(),
  status: z.enum(outcomeStatuses).meta({
    description:
      '`created`, `updated`, `unchanged`, `deleted`: done. `waiting`: kept, and projected by itself when what it waits for has come. `held`: kept, and applied when an administrator approves it. `rejected`: the record is at fault, nothing of it was written. `failed`: the gateway is at fault.',
  }),
  lmsId: z.string().optional().meta({ description: 'The LMS object, once there is one.' }),
  fields: z.record(z.string(), z.unknown()).optional().meta({ description: 'Of a read: what was last declared.' }),
  problems: z.array(problem),
};

const foundShape = {
  sourcedIds: z.array(z.string()).meta({ description: 'In their order, byte by byte.' }),
  records: z
    .array(z.record(z.string(), z.unknown()))
    .optional()
    .meta({ description: 'Of those that are not deleted.' }),
  savePoint: z.string().meta({
    description: 'To be sent as `changedSince` the next time. All pages of a list have that of the first.',
  }),
  next: z
    .string()
    .optional()
    .meta({ description: 'To be sent as `after` for the next page; without it, this is the last.' }),
};

const outcome = z
  .object({ ...outcomeShape, ...z.object(foundShape).partial().shape })
  .meta({ id: 'Outcome', description: 'What became of one command. Durable.' });
const answered = z
  .object({ messageId: z.string(), ...outcomeShape })
  .meta({ id: 'AnsweredOutcome', description: 'What became of the call, and the id of its message in the journal.' });

const answers = z
  .object({ messageId: z.string(), outcomes: z.array(outcome) })
  .meta({ id: 'Outcomes', description: 'One outcome a command, in order.' });

const messages = z
  .union([
    z.object({ messages: z.array(restCommand).min(1).max(maxCommands) }),
    z.array(restCommand).min(1).max(maxCommands),
  ])
  .meta({
    id: 'Messages',
    description: `Up to ${maxCommands} commands, ${maxLists} of them lists. One that is malformed gets its own outcome; the others go on.`,
  });

const found = z
  .object({ messageId: z.string(), ...foundShape, problems: z.array(problem) })
  .meta({ id: 'Found', description: 'What a list found, or a page of it.' });

const idempotencyKey = z.object({
  'Idempotency-Key': z.string().min(1).max(255).optional().meta({
    description:
      'A key of your own for this request. The same request under the same key, within a day, gets the first answer again; another request gets 422 `idempotency_mismatch`. A request that is refused as a whole (malformed, or its one record) wrote nothing and does not use up its key: sent again it is judged again, with the same result; corrected it may keep its key.',
  }),
});

const ifNoneMatch = {
  'If-None-Match': z
    .literal('*')
    .optional()
    .meta({ description: 'Make something new: 412 `id_in_use` where it is there already.' }),
};

interface Collection {
  path: string;
  noun: string;
  fields: z.ZodType;
  changes: z.ZodType;
  list: z.ZodObject;
  query?: z.ZodObject;
}

const collections: readonly Collection[] = [
  { path: 'users', noun: 'user', fields: userFields, changes: userFields, list: listQueries.user },
  {
    path: 'org-units',
    noun: 'org unit',
    fields: orgUnitFields,
    changes: orgUnitFields,
    list: listQueries.org_unit,
    query: z.object({ kind: orgUnitCallKind.optional() }),
  },
  {
    path: 'enrollments',
    noun: 'enrollment',
    fields: enrollmentFields,
    changes: enrollmentChanges,
    list: listQueries.enrollment,
  },
  {
    path: 'section-associations',
    noun: 'section association',
    fields: associationFields,
    changes: associationFields,
    list: listQueries.association,
  },
];

const common = { security: 'basic', params: z.object({ sourcedId }) } as const;
const done = { 200: { description: 'Done, or kept and waiting: see `status`.', schema: answered } };
const made = { 201: { description: 'Created.', schema: answered }, ...done };

export const calls = [
  ...collections.flatMap(({ path, noun, fields, changes, list, query }) => {
    const place = {
      ...common,
      path: `/sis/v1/${path}/{sourcedId}`,
      tag: 'For source systems',
      ...(query === undefined ? {} : { query }),
    };
    const article = /^[aeou]/.test(noun) && noun !== 'user' ? 'an' : 'a';
    const { params: _one, ...ofCollection } = { ...place, path: `/sis/v1/${path}` };
    return [
      {
        ...ofCollection,
        method: 'get' as const,
        summary: `List ${noun}s`,
        description:
          'What this source system declared and has not deleted, by all that the query states, in pages by sourcedId.',
        query: list,
        responses: {
          200: {
            description: 'What was found.',
            schema: found,
            headers: { Link: '`rel="next"`: the next page, if there is one.' },
          },
        },
      },
      {
        ...ofCollection,
        method: 'post' as const,
        summary: `Make ${article} ${noun} whose sourcedId the gateway gives`,
        description:
          'The same record again within the replay window of the source system (15 minutes) gets the first one again, with 200, and changes nothing.',
        headers: idempotencyKey,
        body: fields,
        responses: {
          201: { ...made[201], headers: { Location: 'Where the object is read, changed and deleted.' } },
          200: made[200],
        },
      },
      {
        ...place,
        path: `${place.path}/rename`,
        method: 'post' as const,
        summary: `Give ${article} ${noun} another sourcedId`,
        description:
          'The LMS object stays; all that this source system declared of the object follows. 409 `id_in_use` where the new one is in use.',
        headers: idempotencyKey,
        body: renaming,
        responses: done,
      },
      {
        ...place,
        method: 'put' as const,
        summary: `Replace ${article} ${noun}`,
        description: 'States the whole object; what is absent is not stated. Creates what is unknown.',
        headers: idempotencyKey.extend(ifNoneMatch),
        body: fields,
        responses: made,
      },
      {
        ...place,
        method: 'patch' as const,
        summary: `Update ${article} ${noun}`,
        description:
          'Absent = leave, null = clear. What is unknown, or was deleted, is 404 `unknown_object` and nothing is written: PUT it first.',
        headers: idempotencyKey,
        body: changes,
        responses: done,
      },
      {
        ...place,
        method: 'delete' as const,
        summary: `Delete ${article} ${noun}`,
        description: 'To delete what is unknown is a success with a warning.',
        headers: idempotencyKey,
        responses: done,
      },
      {
        ...place,
        method: 'get' as const,
        summary: `Read ${article} ${noun}`,
        description: 'What this source system last declared.',
        responses: { 200: { description: 'What was declared.', schema: answered } },
      },
    ];
  }),
  {
    method: 'post' as const,
    path: messagesPath,
    tag: 'For source systems',
    security: 'basic' as const,
    summary: 'Send many commands',
    description:
      'Each has its own outcome, in order; what one waits for may come later in the same message or in another. The order of commands about one object is kept.',
    headers: idempotencyKey,
    body: messages,
    responses: { 200: { description: 'Every command has its outcome.', schema: answers } },
  },
];
