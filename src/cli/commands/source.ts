import { Command, InvalidArgumentError, Option } from 'commander';
import { giveStandardMaps } from '../../app/standard/standard-set-up.ts';
import type { Environment } from '../../config.ts';
import type { SourceSystemView } from '../../domain/administration/index.ts';
import { presets, type SourceSystemState } from '../../domain/source-system.ts';
import { readOptionChanges } from '../../http/api/routes/source-systems.ts';
import { everyPage } from '../every-page.ts';
import { print, type PrintOptions } from '../output.ts';
import { commandEditor, type StateContext, withState } from '../with-state.ts';
import { credentialCommand } from './credential.ts';
import { filesCommand } from './source-files.ts';

const states = ['enabled', 'disabled', 'validate'];

/** `passerelle source`: the source systems of an organization. */
export function sourceCommand(environment: Environment): Command {
  const source = new Command('source').description(
    'list, create, show and set source systems, how their files are taken, and their credentials',
  );
  source
    .command('list')
    .description('list the source systems of an organization')
    .argument('<org>', 'the code of the organization')
    .option('--json', 'as JSON')
    .action(async (org: string, options: PrintOptions) => {
      const all = await withState(environment, async ({ administration }) => {
        const { id } = await administration.organizations.get(org);
        return everyPage((page) => administration.sourceSystems.list(id, page));
      });
      print(options, all, [['code', 'name', 'preset', 'state', 'rank'], ...all.map(row)]);
    });
  source
    .command('create')
    .description('create a source system; its type and role maps are empty unless --standard-maps fills them')
    .argument('<org>')
    .argument('<code>', 'its short name within the organization')
    .requiredOption('--name <name>', 'its full name')
    .addOption(presetOption().default('lis'))
    .addOption(stateOption().default('enabled'))
    .option('--rank <number>', 'the smaller, the more it has to say', rank, 100)
    .option('--standard-maps', 'map the usual words of LIS and Banner to the types and roles that "org create" gives')
    .option('--json', 'as JSON')
    .action(async (org: string, code: string, options: PrintOptions & Made & { standardMaps?: true }) => {
      const made = await withState(environment, async ({ administration }) => {
        const organization = await administration.organizations.get(org);
        const { name, preset, state } = options;
        const wanted = { code, name, preset, state, rank: options.rank, options: {} };
        const editor = commandEditor(organization);
        const created = await administration.sourceSystems.create(editor, wanted);
        if (options.standardMaps === true) await giveStandardMaps(administration, editor, created.code);
        return created;
      });
      print(options, made, [
        [
          `The source system ${made.code} is created. Next: passerelle source credential create ${org} ${made.code} --user NAME`,
        ],
      ]);
    });
  source
    .command('show')
    .description('show a source system with its options and maps')
    .argument('<org>')
    .argument('<source>', 'its code')
    .option('--json', 'as JSON')
    .action(async (org: string, reference: string, options: PrintOptions) => {
      const shown = await withState(environment, (context) => showSource(context, org, reference));
      print(options, shown, [
        ['source system', shown.code, shown.name, `preset ${shown.preset}`, shown.currentState, `rank ${shown.rank}`],
        ...Object.entries(shown.effectiveOptions).map(([name, value]) => ['option', name, JSON.stringify(value)]),
        ...shown.orgUnitTypeMap.map(({ sisType, type }) => ['org unit type', sisType, type]),
        ...shown.roleMap.map(({ sisRole, role }) => ['role', sisRole, role]),
      ]);
    });
  source.addCommand(setCommand(environment));
  source.addCommand(filesCommand(environment));
  source.addCommand(credentialCommand(environment));
  return source;
}

type Made = { name: string; preset: string; state: SourceSystemState; rank: number };

function setCommand(environment: Environment): Command {
  return new Command('set')
    .description('change a source system; what it touches is projected again')
    .argument('<org>')
    .argument('<source>')
    .option('--name <name>')
    .addOption(presetOption())
    .addOption(stateOption())
    .option('--rank <number>', 'the smaller, the more it has to say', rank)
    .option(
      '--option <name=json>',
      "an option, such as adoptOrgUnits=true; name= makes it the preset's again",
      collect,
      [],
    )
    .option(
      '--map-type <sis=type>',
      'map a SIS org unit type to a type of the organization; sis= unmaps it',
      collect,
      [],
    )
    .option('--map-role <sis=role>', 'map a SIS role to a role of the organization; sis= unmaps it', collect, [])
    .option('--json', 'as JSON')
    .action(async (org: string, reference: string, options: PrintOptions & Changes) => {
      const shown = await withState(environment, async (context) => {
        await change(context, org, reference, options);
        return showSource(context, org, reference);
      });
      print(options, shown, [[`The source system ${shown.code} is changed.`]]);
    });
}

type Changes = Partial<Made> & { option: string[]; mapType: string[]; mapRole: string[] };

async function change(
  { administration }: StateContext,
  org: string,
  reference: string,
  options: Changes,
): Promise<void> {
  const editor = commandEditor(await administration.organizations.get(org));
  const { name, preset, state } = options;
  await administration.sourceSystems.update(
    editor,
    reference,
    {
      ...(name === undefined ? {} : { name }),
      ...(preset === undefined ? {} : { preset }),
      ...(state === undefined ? {} : { state }),
      ...(options.rank === undefined ? {} : { rank: options.rank }),
      ...readOptionChanges(optionsOf(options.option.map(split))),
    },
    {},
  );
  for (const [sisType, type] of options.mapType.map(split)) {
    if (type === '') await administration.orgUnitTypeMaps.remove(editor, reference, sisType);
    else await administration.orgUnitTypeMaps.put(editor, reference, { sisType, type });
  }
  for (const [sisRole, role] of options.mapRole.map(split)) {
    if (role === '') await administration.roleMaps.remove(editor, reference, sisRole);
    else await administration.roleMaps.put(editor, reference, { sisRole, role });
  }
}

/** `name=json`; a word that is no JSON is text; nothing after the sign is null: the preset's again. */
function optionsOf(pairs: readonly [string, string][]): object {
  return Object.fromEntries(pairs.map(([name, json]) => [name, json === '' ? null : fromJson(json)]));
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function showSource({ administration }: StateContext, org: string, reference: string) {
  const { id } = await administration.organizations.get(org);
  return {
    ...(await administration.sourceSystems.get(id, reference)),
    orgUnitTypeMap: (await administration.orgUnitTypeMaps.get(id, reference)).items,
    roleMap: (await administration.roleMaps.get(id, reference)).items,
  };
}

function row(source: SourceSystemView): string[] {
  return [source.code, source.name, source.preset, source.currentState, String(source.rank)];
}

function presetOption(): Option {
  return new Option('--preset <preset>', 'what a SIS of its kind needs').choices(Object.keys(presets));
}

function stateOption(): Option {
  return new Option('--state <state>', 'validate: messages are checked and answered, nothing is written').choices(
    states,
  );
}

function rank(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('write a whole number.');
  return Number(text);
}

function collect(value: string, before: string[]): string[] {
  if (!value.includes('=')) throw new InvalidArgumentError('write name=value.');
  return [...before, value];
}

/** At the first equals sign; the value may hold more. */
function split(pair: string): [string, string] {
  const at = pair.indexOf('=');
  return [pair.slice(0, at), pair.slice(at + 1)];
}
