import { Command, Option } from 'commander';
import type { Environment } from '../../config.ts';
import { tryList } from '../../http/api/routes/extension-points/dry-run.ts';
import {
  listInForce,
  type ListPlace,
  listPoints,
  putList,
  readPoint,
  resetList,
} from '../../http/api/routes/extension-points/lists.ts';
import { print, type PrintOptions } from '../output.ts';
import { effectRows } from '../effect-rows.ts';
import { type GivenList, readGivenList } from '../given-list.ts';
import { type ListContext, withLists } from '../with-lists.ts';
import { commandEditor } from '../with-state.ts';

type Placed = PrintOptions & { source?: string };

/** `passerelle points`: what an administrator can order, and which list is in force. */
export function pointsCommand(environment: Environment): Command {
  return new Command('points')
    .description('list the extension points, with the lists in force')
    .argument('<org>', 'the code of the organization')
    .addOption(sourceOption())
    .option('--json', 'as JSON')
    .action(async (org: string, options: Placed) => {
      const all = await withLists(environment, async (context) => {
        const { id, sourceSystemId } = await placeOf(context, org, options);
        return listPoints(context, id, sourceSystemId);
      });
      const rows = all.map(({ name, list }) => [
        name,
        list.template ?? 'of its own',
        list.from,
        list.reasons.length === 0 ? '' : 'CANNOT RUN',
      ]);
      print(options, all, [['point', 'list', 'chosen by', ''], ...rows]);
    });
}

/** `passerelle list`: the lists of plug-ins, each a file of JSON. */
export function listCommand(environment: Environment): Command {
  return new Command('list')
    .description('show, put, reset and try out the lists of plug-ins')
    .addCommand(showCommand(environment))
    .addCommand(putCommand(environment))
    .addCommand(resetCommand(environment))
    .addCommand(dryRunCommand(environment));
}

function showCommand(environment: Environment): Command {
  return placed(new Command('show').description('show the list in force, and what else may stand in it'))
    .option('--json', 'as JSON; its list may be put as it is')
    .action(async (org: string, point: string, options: Placed) => {
      const shown = await withLists(environment, async (context) => {
        const { id, sourceSystemId } = await placeOf(context, org, options);
        return readPoint(context, id, { point, sourceSystemId });
      });
      const { list, templates, plugins } = shown;
      const listed = new Set(list.entries.map(({ plugin }) => plugin));
      print(options, shown, [
        ['list', list.template ?? 'of its own', `chosen by: ${list.from}`],
        ...list.reasons.map(({ code, message }) => ['cannot run', code, message]),
        ...list.entries.map((entry) => entryRow(String(entry.sortOrder), entry)),
        ...plugins.filter(({ name }) => !listed.has(name)).map((each) => entryRow('', { plugin: each.name, ...each })),
        ...templates.map(({ name, summary }) => ['template', name, summary]),
      ]);
    });
}

function putCommand(environment: Environment): Command {
  return given(placed(new Command('put').description('put a list; a wrong one is refused with every reason')))
    .option('--json', 'as JSON')
    .action(async (org: string, point: string, options: Placed & GivenList) => {
      const list = await readGivenList(options, 'wanted');
      const inForce = await withLists(environment, async (context) => {
        const { organization, sourceSystemId } = await placeOf(context, org, options);
        return putList(context, commandEditor(organization), { point, sourceSystemId }, list, {});
      });
      print(options, inForce, [[`The list of ${point} is put: ${inForce.entries.length} entries.`]]);
    });
}

function resetCommand(environment: Environment): Command {
  return placed(new Command('reset').description('have the list of the wider place, or the shipped one, again'))
    .option('--json', 'as JSON')
    .action(async (org: string, point: string, options: Placed) => {
      const inForce = await withLists(environment, async (context) => {
        const { id, organization, sourceSystemId } = await placeOf(context, org, options);
        const place: ListPlace = { point, sourceSystemId };
        await resetList(context, commandEditor(organization), place, {});
        return listInForce(context, id, place);
      });
      print(options, inForce, [[`The list of ${point} is that of: ${inForce.from}.`]]);
    });
}

function dryRunCommand(environment: Environment): Command {
  return given(
    new Command('dry-run')
      .description('say of each step what it would do with a stored message; nothing is written')
      .argument('<org>')
      .argument('<point>', 'an extension point, such as handle.user.replace')
      .argument('<message>', 'the id of a message'),
  )
    .option('--json', 'as JSON')
    .action(async (org: string, point: string, messageId: string, options: PrintOptions & GivenList) => {
      const list = await readGivenList(options, 'optional');
      const tried = await withLists(environment, async (context) => {
        const { id } = await context.administration.organizations.get(org);
        return tryList(context, id, point, { messageId, list });
      });
      print(options, tried, effectRows(tried));
    });
}

function placed(command: Command): Command {
  return command
    .argument('<org>', 'the code of the organization')
    .argument('<point>', 'an extension point, such as handle.user.replace')
    .addOption(sourceOption());
}

function given(command: Command): Command {
  return command
    .option(
      '--file <file>',
      'a file of JSON: {"entries": [{"plugin", "sortOrder", "options"}]}; - is the standard input',
    )
    .option('--template <name>', 'a shipped list');
}

function sourceOption(): Option {
  return new Option('--source <code>', 'of this source system, in the place of the list of the organization');
}

async function placeOf({ administration }: ListContext, org: string, { source }: { source?: string }) {
  const organization = await administration.organizations.get(org);
  const { id } = organization;
  const sourceSystemId = source === undefined ? null : (await administration.sourceSystems.get(id, source)).id;
  return { id, organization, sourceSystemId };
}

interface ShownEntry {
  readonly plugin: string;
  readonly options?: object;
  readonly alias: string | null;
  readonly summary: string | null;
}

function entryRow(order: string, { plugin, options, alias, summary }: ShownEntry): string[] {
  const taken = options === undefined ? '' : ` ${JSON.stringify(options)}`;
  return [
    order === '' ? 'may be added' : order,
    plugin + taken,
    `${alias === null ? '' : `(${alias}) `}${summary ?? ''}`,
  ];
}
