import { text } from 'node:stream/consumers';
import type { ChosenList } from '../domain/extension-points.ts';
import { listBody } from '../http/api/routes/extension-points/schemas.ts';
import { describeSchemaIssues } from '../pipeline/plugins/index.ts';
import { CommandError } from './output.ts';
import { readNamedFile } from './read-named.ts';

/** How the command line gives a list. */
export interface GivenList {
  readonly file?: string;
  readonly template?: string;
}

/**
 * The list that the command line gives: a template by its name, or a file. What `list show --json` prints is taken as well.
 *
 * @throws CommandError for none, for two, and for a file that holds no list.
 */
export async function readGivenList(given: GivenList, need: 'wanted'): Promise<ChosenList>;
export async function readGivenList(given: GivenList, need: 'optional'): Promise<ChosenList | undefined>;
export async function readGivenList({ file, template }: GivenList, need: string): Promise<ChosenList | undefined> {
  if (file !== undefined && template !== undefined) throw new CommandError('Give --file or --template, not both.');
  if (template !== undefined) return { template };
  if (file === undefined) {
    if (need === 'optional') return undefined;
    throw new CommandError('Say which list: --file FILE (JSON), or --template NAME.');
  }
  const parsed = listBody.safeParse(listIn(parse(file, await contentOf(file))));
  if (!parsed.success)
    throw new CommandError(`${file} holds no list of plug-ins: ${describeSchemaIssues(parsed.error.issues)}.`);
  const list = parsed.data;
  if ('template' in list) return list;
  return {
    entries: list.entries.map(({ options, ...entry }) => ({ ...entry, ...(options === undefined ? {} : { options }) })),
  };
}

async function contentOf(file: string): Promise<string> {
  return file === '-' ? text(process.stdin) : (await readNamedFile(file)).toString('utf8');
}

function parse(file: string, content: string): unknown {
  try {
    return JSON.parse(content);
  } catch (error) {
    throw new CommandError(`${file} is not JSON: ${(error as Error).message}.`, { cause: error });
  }
}

/** Of what was shown, what may be put: the entries without what they are called and do. */
function listIn(value: unknown): unknown {
  const { list = value } = isObject(value) ? value : {};
  if (!isObject(list) || !('from' in list) || !Array.isArray(list.entries)) return list ?? value;
  return {
    entries: list.entries.map((entry: unknown) => {
      if (!isObject(entry)) return entry;
      const { plugin, sortOrder, options } = entry;
      return { plugin, sortOrder, ...(options === undefined ? {} : { options }) };
    }),
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
