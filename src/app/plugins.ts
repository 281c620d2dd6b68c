import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Config } from '../config.ts';
import { linkNames } from '../domain/access.ts';
import type { Log } from '../log.ts';
import {
  type Contributor,
  createRegistry,
  describeSchemaIssues,
  type OpenPlugin,
  type Plugin,
  pluginApiVersion,
  PluginError,
  type Registry,
} from '../pipeline/plugins/index.ts';
import type { Releases } from './releases.ts';
import { shippedPlugins, shippedPoints } from './shipped-plugins.ts';
import { StartError } from './start-error.ts';

/** The product's own `plugins/`: a bare name is looked for there first. */
const shippedFolder = join(import.meta.dirname, '../../plugins');

/**
 * Loads the plug-ins that the configuration lists, checks them, opens them in that order, and puts them together with the
 * shipped ones. They are closed in the reverse order.
 *
 * @throws StartError for one that cannot be found or opened, was made for another API version, has wrong options, or
 *   claims a name that is taken.
 */
export async function loadPlugins(
  config: Pick<Config, 'plugins' | 'pluginOptions'>,
  log: Log,
  releases: Releases,
): Promise<Registry> {
  const plugins: Plugin[] = [];
  for (const specifier of config.plugins) plugins.push(await importPlugin(specifier));
  refuseUnused(config.pluginOptions, plugins);
  const contributors: Contributor[] = [...shippedPlugins];
  for (const plugin of plugins) {
    contributors.push(plugin);
    const opened = await openPlugin(plugin, config.pluginOptions[plugin.name], log);
    if (opened === undefined) continue;
    contributors.push({ name: plugin.name, ...opened });
    releases.add(`plug-in ${plugin.name}`, () => opened.close?.());
  }
  try {
    const registry = createRegistry(shippedPoints, contributors);
    refuseShippedNames(registry);
    if (plugins.length > 0) log.info({ plugins: plugins.map(({ name }) => name) }, 'plug-ins are loaded');
    return registry;
  } catch (error) {
    if (error instanceof PluginError) throw new StartError(error.message);
    throw error;
  }
}

/** Settings and access policies name the links of the chain: a plug-in may not take the name of a shipped one. */
function refuseShippedNames({ authenticators, packageOf }: Registry): void {
  const taken = authenticators.find(({ name }) => (linkNames as readonly string[]).includes(name))?.name;
  if (taken === undefined) return;
  const owner = packageOf('authenticator', taken);
  throw new StartError(`The plug-in ${owner} brings an authenticator called ${taken}, as a shipped one is called.`);
}

async function importPlugin(specifier: string): Promise<Plugin> {
  const file = await fileOf(specifier);
  let module: Record<string, unknown>;
  try {
    module = (await import(file === undefined ? specifier : pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (error) {
    throw new StartError(`The plug-in ${specifier} cannot be loaded: ${wordsOf(error)}`, { cause: error });
  }
  const plugin = module.plugin ?? module.default;
  if (!isPlugin(plugin))
    throw new StartError(`${specifier} is no plug-in: it must export \`plugin\`, made with definePlugin.`);
  if (shippedPlugins.some(({ name }) => name === plugin.name))
    throw new StartError(`The plug-in ${specifier} calls itself ${plugin.name}, as what is shipped is called.`);
  if (plugin.apiVersion !== pluginApiVersion) {
    throw new StartError(
      `The plug-in ${plugin.name} was made for version ${plugin.apiVersion} of the plug-in API; this gateway has version ${pluginApiVersion}.`,
    );
  }
  return plugin;
}

/** The file of a path or of a name in `plugins/`; undefined for a package. */
async function fileOf(specifier: string): Promise<string | undefined> {
  const isPath = specifier.startsWith('.') || specifier.startsWith('/');
  const path = isPath ? resolve(specifier) : join(shippedFolder, specifier);
  for (const candidate of [path, join(path, 'index.ts'), join(path, 'index.js')]) {
    const found = await stat(candidate).catch(() => undefined);
    if (found?.isFile() === true) return candidate;
  }
  if (isPath) throw new StartError(`There is no plug-in at ${path}: a file, or a folder with an index.ts or index.js.`);
  return undefined;
}

function isPlugin(value: unknown): value is Plugin {
  if (typeof value !== 'object' || value === null) return false;
  const { name, apiVersion } = value as Record<string, unknown>;
  return typeof name === 'string' && typeof apiVersion === 'number';
}

async function openPlugin(plugin: Plugin, given: unknown, log: Log): Promise<OpenPlugin | undefined> {
  const options = optionsOf(plugin, given);
  try {
    return await plugin.open?.(options, { log });
  } catch (error) {
    throw new StartError(`The plug-in ${plugin.name} cannot start: ${wordsOf(error)}`, { cause: error });
  }
}

function optionsOf({ name, options: schema }: Plugin, given: unknown): unknown {
  if (schema === undefined) {
    if (given === undefined) return undefined;
    throw new StartError(`The plug-in ${name} takes no options; take it out of PASSERELLE_PLUGIN_OPTIONS.`);
  }
  const parsed = schema.safeParse(given ?? {});
  if (parsed.success) return parsed.data;
  const said = describeSchemaIssues(parsed.error.issues);
  throw new StartError(`The options of the plug-in ${name} in PASSERELLE_PLUGIN_OPTIONS are wrong: ${said}.`);
}

/** Options for a plug-in that is not loaded are a mistake that must not pass unseen. */
function refuseUnused(options: Readonly<Record<string, unknown>>, plugins: readonly Plugin[]): void {
  const surplus = Object.keys(options).find((name) => !plugins.some((plugin) => plugin.name === name));
  if (surplus === undefined) return;
  throw new StartError(`PASSERELLE_PLUGIN_OPTIONS has options for ${surplus}, which PASSERELLE_PLUGINS does not list.`);
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
