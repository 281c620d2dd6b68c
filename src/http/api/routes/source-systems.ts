import { z } from 'zod';
import type { ChosenOptions, SourceSystemView } from '../../../domain/administration/index.ts';
import { type Right, rights } from '../../../domain/rights.ts';
import { presets, type SourceSystemOptions } from '../../../domain/source-system.ts';
import { GatewayError } from '../../../domain/problem.ts';
import { type Defined, describeIssues } from '../../../formats/json/index.ts';
import { guards } from '../guards.ts';
import { quirks } from '../quirks.ts';
import { route, type Route } from '../route.ts';
import { instant, name, pageOf, pageQuery, sourceSystemCode, sourceSystemParam, version } from '../schemas.ts';

const overwrite = z
  .union([z.enum(['yes', 'no']), z.strictObject({ keep: z.array(z.string().min(1).max(64)).max(50) })], {
    error: 'must be "yes", "no", or an object with the array `keep`',
  })
  .meta({
    description: 'May the SIS overwrite what exists? `no`, and the fields of `keep`, are set on creation only.',
  });

const brings = z
  .union([z.literal(false), z.strictObject({ semesterType: z.string().min(1), departmentType: z.string().min(1) })], {
    error: 'must be false, or an object with semesterType and departmentType',
  })
  .meta({
    description:
      'A section brings its own offering, under the template, semester and department that it names (types of the SIS for the placeholders); false: it waits for its offering.',
  });

const optionShape = {
  identityRule: z
    .enum(['org_defined_id', 'user_name'])
    .meta({ description: 'How an existing LMS user is matched when a person first projects.' }),
  adoptOrgUnits: z.boolean().meta({
    description: 'Adopt an existing LMS org unit of the same type and code, instead of waiting `code_in_use`.',
  }),
  unmapped: z.enum(['wait', 'reject']).meta({ description: 'What becomes of a record with an unmapped role or type.' }),
  userDelete: z.enum(['inactivate', 'delete']).meta({ description: 'What a delete of a person does to the LMS user.' }),
  dependants: z.enum(['detach', 'forget']).meta({
    description: 'What becomes of what depends on a deleted object: it detaches and revives, or is forgotten.',
  }),
  replayWindowMinutes: z.int().min(0).max(1_440).meta({
    description:
      'For so many minutes the same record that is to be given a sourcedId (LIS createByProxy, POST) gets the first one again; 0: each gets its own.',
  }),
  sectionBringsOffering: brings,
  withheldRights: z
    .array(z.enum(rights as [Right, ...Right[]]))
    .max(rights.length)
    .meta({
      description:
        'What the source system may not do; it has every right that is not here. A command that needs one of them is refused with `unauthorized_request`.',
      example: ['course_offering.delete', 'reach.past'],
    }),
  quirks,
  guards,
};

const effectiveOptions = z
  .object({ ...optionShape, overwrite: z.object({ user: overwrite, orgUnit: overwrite }) })
  .meta({ id: 'SourceSystemOptions', description: 'The options in force: the preset with what was chosen over it.' });

const chosenOptions = z
  .strictObject({ ...optionShape, overwrite: z.strictObject({ user: overwrite, orgUnit: overwrite }).partial() })
  .partial()
  .meta({ id: 'ChosenOptions', description: 'What was chosen over the preset.' });

const nullable = Object.fromEntries(
  Object.entries(chosenOptions.shape).map(([option, schema]) => [option, schema.nullable()]),
) as { [Option in keyof typeof chosenOptions.shape]: z.ZodNullable<(typeof chosenOptions.shape)[Option]> };

const optionChanges = z
  .strictObject(nullable)
  .meta({ id: 'OptionChanges', description: "Absent = leave, null = the preset's again." });

const state = z.enum(['enabled', 'disabled', 'validate']).meta({
  description: '`validate` checks messages and writes nothing; `disabled` refuses them.',
});
const preset = z
  .enum(Object.keys(presets) as [keyof typeof presets, ...(keyof typeof presets)[]])
  .meta({ description: 'What a kind of SIS needs, as a set of options.' });
const rank = z
  .int()
  .min(0)
  .max(1_000_000)
  .meta({ description: 'The smaller, the more it has to say where several source systems state a field.' });

const sourceSystem = z
  .object({
    id: z.int(),
    code: z.string(),
    name: z.string(),
    state,
    preset: z.string(),
    rank,
    options: chosenOptions,
    effectiveOptions,
    reserved: z.boolean().meta({ description: 'Holds what is declared in the console; no message may come from it.' }),
    silentSince: instant.nullable().meta({
      description:
        'Since when it has been silent for longer than its calendar allows; null: it is not, or nobody watches.',
    }),
    version,
    createdAt: instant,
  })
  .meta({ id: 'SourceSystem', description: 'One configured SIS integration of an organization.' });

const tag = 'Source systems';

export const sourceSystemRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/source-systems',
    tag,
    summary: 'List source systems',
    scope: 'admin:read',
    query: pageQuery,
    response: pageOf(sourceSystem),
    handle: async ({ organizationId, query }, { administration }) => {
      const { items, ...page } = await administration.sourceSystems.list(organizationId, query);
      return { body: { ...page, items: items.map(toJson) } };
    },
  }),
  route({
    method: 'post',
    path: '/source-systems',
    tag,
    summary: 'Create a source system',
    scope: 'admin:write',
    body: z.strictObject({
      code: sourceSystemCode,
      name,
      preset: preset.default('lis'),
      rank: rank.default(100),
      state: state.default('enabled'),
      options: chosenOptions.default({}),
    }),
    status: 201,
    response: sourceSystem,
    handle: async ({ editor, body }, { administration }) => {
      const created = await administration.sourceSystems.create(editor, { ...body, options: fromJson(body.options) });
      return { body: toJson(created), version: created.version };
    },
  }),
  route({
    method: 'get',
    path: '/source-systems/{sourceSystem}',
    tag,
    summary: 'Read a source system',
    scope: 'admin:read',
    params: sourceSystemParam,
    response: sourceSystem,
    handle: async ({ organizationId, params }, { administration }) => {
      const found = await administration.sourceSystems.get(organizationId, params.sourceSystem);
      return { body: toJson(found), version: found.version };
    },
  }),
  route({
    method: 'patch',
    path: '/source-systems/{sourceSystem}',
    tag,
    summary: 'Change a source system',
    description: 'Absent = leave, null = clear. A change of rank, preset or options projects again what it touches.',
    scope: 'admin:write',
    versioned: true,
    params: sourceSystemParam,
    body: z.strictObject({
      name: name.optional(),
      state: state.optional(),
      preset: preset.optional(),
      rank: rank.optional(),
      options: optionChanges.partial().nullable().optional(),
    }),
    response: sourceSystem,
    handle: async ({ editor, params, body: { options, ...others }, expected }, { administration }) => {
      const changes = { ...others, ...(options === undefined ? {} : splitOptions(options)) };
      const changed = await administration.sourceSystems.update(editor, params.sourceSystem, changes, expected);
      return { body: toJson(changed), version: changed.version };
    },
  }),
];

/** Changes of options from elsewhere than this API, by the same rules. Throws GatewayError `invalid_request`. */
export function readOptionChanges(sent: unknown): ReturnType<typeof splitOptions> {
  const { success, data, error } = optionChanges.partial().safeParse(sent);
  if (success) return splitOptions(data as ChangesJson);
  const mistakes = describeIssues(error, sent).map(({ message }) => message);
  throw new GatewayError('invalid_request', mistakes.join(' '), { field: 'options' });
}

type ChosenJson = Defined<z.output<typeof chosenOptions>>;
type ChangesJson = Partial<Defined<z.output<typeof optionChanges>>>;

/** In JSON, `sectionBringsOffering: false` says what null says inside: there, null clears. */
function fromJson({ sectionBringsOffering, ...others }: ChosenJson): ChosenOptions {
  if (sectionBringsOffering === undefined) return others;
  return { ...others, sectionBringsOffering: sectionBringsOffering === false ? null : sectionBringsOffering };
}

function splitOptions(options: ChangesJson | null): { options: ChosenOptions | null; resetOptions?: string[] } {
  if (options === null) return { options: null };
  const set = Object.entries(options).filter(([, value]) => value !== null);
  const reset = Object.keys(options).filter((option) => options[option as keyof ChangesJson] === null);
  return { options: fromJson(Object.fromEntries(set)), resetOptions: reset };
}

function toJson({ options, effectiveOptions: effective, ...others }: SourceSystemView) {
  return { ...others, options: optionsToJson(options), effectiveOptions: optionsToJson(effective) as EffectiveJson };
}

type EffectiveJson = Defined<z.input<typeof effectiveOptions>>;

function optionsToJson(options: ChosenOptions | SourceSystemOptions): ChosenJson {
  const { sectionBringsOffering, ...others } = options;
  return sectionBringsOffering === undefined
    ? others
    : { ...others, sectionBringsOffering: sectionBringsOffering ?? false };
}
