import { z } from 'zod';
import { instant } from '../../schemas.ts';

const options = z.record(z.string(), z.unknown()).meta({
  description: 'Options of the plug-in, as its own schema says; GET the extension point to read which there are.',
});

const entry = z
  .strictObject({
    plugin: z.string().min(1).max(100),
    sortOrder: z.int().min(0).max(1_000_000),
    options: options.optional(),
  })
  .meta({ id: 'ListEntry', description: 'One plug-in in a list; lists run in the order of `sortOrder`.' });

export const listBody = z
  .union(
    [z.strictObject({ template: z.string().min(1).max(100) }), z.strictObject({ entries: z.array(entry).max(200) })],
    { error: 'must be an object with either `template` or `entries`' },
  )
  .meta({
    id: 'PluginList',
    description: "A shipped list by its name, or entries of one's own.",
    example: { template: 'ipsis' },
  });

const shownEntry = z.object({
  plugin: z.string(),
  sortOrder: z.int(),
  options: options.optional(),
  alias: z.string().nullable().meta({ description: 'What IPSIS calls it here.' }),
  summary: z.string().nullable().meta({ description: 'What it does; null: it is not there any more.' }),
});

const template = z.object({ name: z.string(), summary: z.string(), entries: z.array(shownEntry) });

const reason = z
  .object({ code: z.string(), message: z.string(), plugin: z.string().optional() })
  .meta({ id: 'ListReason', description: 'Why a list is wrong.' });

export const listView = z
  .object({
    from: z
      .enum(['shipped', 'operator', 'organization', 'source_system'])
      .meta({ description: 'Where it was chosen; of the inbound chain: the narrowest place that restricts it.' }),
    template: z.string().nullable().meta({ description: 'The shipped list that it is; null: entries of their own.' }),
    entries: z.array(shownEntry),
    reasons: z.array(reason).meta({ description: 'Why it cannot run: a plug-in of it is gone, say. Normally empty.' }),
    changedAt: instant.nullable(),
    changedBy: z.string().nullable(),
    version: z.string().meta({ description: 'Changes with what was chosen at this place; also the ETag.' }),
  })
  .meta({ id: 'ListInForce', description: 'The list of an extension point as it is in force.' });

const kind = z.enum(['handle', 'translate', 'authenticate']);

export const pointSummary = z
  .object({ name: z.string(), kind, summary: z.string(), list: listView })
  .meta({ id: 'ExtensionPointSummary' });

const option = z
  .object({
    name: z.string(),
    type: z.string(),
    default: z.unknown().optional(),
    required: z.boolean(),
    description: z.string(),
  })
  .meta({ id: 'PluginOption' });

const candidate = z.object({
  name: z.string(),
  summary: z.string(),
  alias: z.string().nullable(),
  package: z.string().meta({ description: 'The plug-in that brought it; `passerelle`: shipped.' }),
  stage: z.string().meta({
    description:
      '`read` first, then `validate` before `create` before `save`; a `rule` before what is saved or deleted; `effect` before `delete`, which is last.',
  }),
  required: z.boolean(),
  excludes: z.array(z.string()),
  takesOptions: z.boolean(),
  options: z.array(option).meta({ description: 'The options that it takes, as far as its schema tells.' }),
});

export const pointView = z
  .object({
    name: z.string(),
    kind,
    summary: z.string(),
    list: listView,
    templates: z.array(template),
    plugins: z.array(candidate).meta({ description: 'What may stand in the list.' }),
  })
  .meta({ id: 'ExtensionPoint' });

export const outbound = z
  .object({
    name: z.string(),
    authenticators: z.array(
      z.object({
        name: z.string(),
        summary: z.string(),
        package: z.string(),
        needs: z.array(z.string()).meta({ description: 'The secrets that an endpoint must have for it.' }),
        soapOnly: z
          .boolean()
          .meta({ description: 'It writes into the SOAP envelope: files cannot be fetched with it.' }),
        exposesSecret: z.boolean().meta({ description: 'It is used over https only, unless the operator permits.' }),
      }),
    ),
  })
  .meta({ description: 'What the gateway proves itself with to endpoints, which name one of them.' });

export const dryRunBody = z.strictObject({
  messageId: z.string().min(1).max(64),
  list: listBody.optional(),
});

const command = z.record(z.string(), z.unknown()).meta({ description: 'A command, with the wishes of handlers.' });
const problem = z.object({
  code: z.string(),
  message: z.string(),
  at: z.string().optional(),
  field: z.string().optional(),
});
const fault = z.string().meta({
  description:
    'The plug-in is at fault: what it did (it threw, say, or stated what is not of the right kind). No step behind it ran; the log has the rest.',
});
const step = z.object({
  plugin: z.string(),
  leftOut: z.boolean().meta({ description: 'It stands for a plug-in that the list does without.' }),
  before: command.optional(),
  after: command.optional(),
  warnings: z.array(problem),
  refusal: problem.optional(),
  fault: fault.optional(),
});

const value = z.unknown();
const record = z.object({
  sourcedId: z.string().meta({ description: 'Empty where the gateway would give it.' }),
  at: z.string().meta({ description: 'Its XML path.' }),
  given: z
    .record(z.string(), value)
    .meta({ description: 'Stated before any step: what the dialect itself knows of such a record.' }),
  steps: z.array(
    z.object({
      plugin: z.string(),
      leftOut: z.boolean().meta({ description: 'It stands for a plug-in that the list does without.' }),
      changes: z
        .array(z.object({ field: z.string(), before: value.optional(), after: value.optional() }))
        .meta({ description: 'The fields that it set, changed or took away. What is missing is not stated.' }),
      warnings: z.array(problem),
      refusal: problem.optional(),
      fault: fault.optional(),
    }),
  ),
});

const translatorDryRun = z
  .object({
    messageId: z.string(),
    sourceSystem: z.string(),
    records: z.array(record).meta({ description: 'The records of the message that this point reads, in their order.' }),
    wishes: z.array(command).meta({ description: 'All that the message would wish, before any handler.' }),
    refusal: problem.optional().meta({ description: 'Why the message as a whole would be refused.' }),
  })
  .meta({ id: 'TranslatorDryRun', description: 'What would be read.' });

const handlerDryRun = z
  .object({
    messageId: z.string(),
    sourceSystem: z.string(),
    /** Commands of the message that other points handle. */
    otherCommands: z.int().meta({ description: 'Commands of the message that other extension points handle.' }),
    commands: z.array(
      z.object({
        command,
        steps: z.array(step),
        result: command.optional(),
        outcome: z
          .object({ status: z.string(), problems: z.array(problem) })
          .optional()
          .meta({ description: 'What would become of `result` by what is there now.' }),
      }),
    ),
    refusal: problem
      .optional()
      .meta({ description: 'Why the message as a whole would be refused: a step is at fault.' }),
  })
  .meta({
    id: 'DryRun',
    description: 'What would happen. `result` is missing where a step would refuse a command, or is at fault.',
  });

export const dryRunAnswer = z.union([handlerDryRun, translatorDryRun]);

export const associationChange = z
  .object({ at: instant, messageId: z.string(), added: z.array(z.string()), removed: z.array(z.string()) })
  .meta({ id: 'AssociationChange' });
