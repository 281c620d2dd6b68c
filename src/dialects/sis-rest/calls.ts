import { z } from 'zod';
import { entityKinds, wireKinds } from '../../domain/entities.ts';
import { outcomeStatuses } from '../../domain/outcome.ts';
import {
  associationFields,
  enrollmentChanges,
  enrollmentFields,
  orgUnitCallKind,
  orgUnitFields,
  sourcedId,
  userFields,
} from './fields.ts';
import { messagesPath } from './rest-translation.ts';
import { maxCommands, restCommand } from './translate-messages.ts';

/* The calls of the door, as the OpenAPI file documents them and the HTTP door routes them. */

const problem = z
  .object({ code: z.string(), message: z.string(), at: z.string().optional(), field: z.string().optional() })
  .meta({ id: 'RecordProblem', description: 'A warning, the reason of a wait, or why a record was refused.' });

const outcomeShape = {
  verb: z.enum(['replace', 'update', 'delete', 'read']).nullable(),
  entity: z.enum(entityKinds).nullable(),
  kind: z.enum(wireKinds).nullable(),
  sourcedId: z.string().nullable(),
  status: z.enum(outcomeStatuses).meta({
    description:
      '`created`, `updated`, `unchanged`, `deleted`: done. `waiting`: kept, and projected by itself when what it waits for has come. `rejected`: the record is at fault, nothing of it was written. `failed`: the gateway is at fault.',
  }),
  lmsId: z.string().optional().meta({ description: 'The LMS object, once there is one.' }),
  fields: z.record(z.string(), z.unknown()).optional().meta({ description: 'Of a read: what was last declared.' }),
  problems: z.array(problem),
};

const outcome = z.object(outcomeShape).meta({ id: 'Outcome', description: 'What became of one command. Durable.' });
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
    description: `Up to ${maxCommands} commands. One that is malformed gets its own outcome; the others go on.`,
  });

const idempotencyKey = z.object({
  'Idempotency-Key': z.string().min(1).max(255).optional().meta({
    description:
      'A key of your own for this request. The same request under the same key, within a day, gets the first answer again; another request gets 422 `idempotency_mismatch`. A request that is refused as a whole (malformed, or its one record) wrote nothing and does not use up its key: sent again it is judged again, with the same result; corrected it may keep its key.',
  }),
});

interface Collection {
  path: string;
  noun: string;
  fields: z.ZodType;
  changes: z.ZodType;
  query?: z.ZodObject;
}

const collections: readonly Collection[] = [
  { path: 'users', noun: 'user', fields: userFields, changes: userFields },
  {
    path: 'org-units',
    noun: 'org unit',
    fields: orgUnitFields,
    changes: orgUnitFields,
    query: z.object({ kind: orgUnitCallKind.optional() }),
  },
  { path: 'enrollments', noun: 'enrollment', fields: enrollmentFields, changes: enrollmentChanges },
  { path: 'section-associations', noun: 'section association', fields: associationFields, changes: associationFields },
];

const common = { security: 'basic', params: z.object({ sourcedId }) } as const;
const done = { 200: { description: 'Done, or kept and waiting: see `status`.', schema: answered } };
const made = { 201: { description: 'Created.', schema: answered }, ...done };

export const calls = [
  ...collections.flatMap(({ path, noun, fields, changes, query }) => {
    const place = {
      ...common,
      path: `/sis/v1/${path}/{sourcedId}`,
      tag: 'For source systems',
      ...(query === undefined ? {} : { query }),
    };
    const article = /^[aeou]/.test(noun) && noun !== 'user' ? 'an' : 'a';
    return [
      {
        ...place,
        method: 'put' as const,
        summary: `Replace ${article} ${noun}`,
        description: 'States the whole object; what is absent is not stated. Creates what is unknown.',
        headers: idempotencyKey,
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
