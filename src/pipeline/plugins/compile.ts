import { GatewayError } from '../../domain/problem.ts';
import type { SourceSystem } from '../ports.ts';
import { type CheckedEntry, checkList, chosenList } from './check-list.ts';
import { culpritAt, guard, guardHandler, PluginFault } from './guard.ts';
import { inspectHandler, inspectTranslator } from './inspect.ts';
import type { HandlerFunctions, TranslatorFunction } from './plugin.ts';
import type { ListPoint } from './points.ts';
import type { AnyListed, Registry } from './registry.ts';

/** One step of a list, as it runs. */
export interface Step<Made> {
  readonly name: string;
  readonly made: Made;
  /** It stands for a plug-in that the list does without. */
  readonly leftOut: boolean;
}

/** The lists of source systems as arrays of functions. */
export interface CompiledLists {
  /** Throws GatewayError `busy`: the list cannot run (a plug-in is gone), so that nothing may be taken yet. */
  handlers(source: SourceSystem, point: string): readonly Step<HandlerFunctions>[];
  translators(source: SourceSystem, point: string): readonly Step<TranslatorFunction>[];
}

interface CompileLog {
  error(fields: object, message: string): void;
}

/**
 * Compiles a list when it is first needed, once for each source system as long as its configuration is remembered; that a
 * list cannot run is remembered as well, and logged when it begins and when its reasons change.
 */
export function createCompiledLists(registry: Registry, log: CompileLog): CompiledLists {
  const known = new WeakMap<SourceSystem, Map<string, readonly Step<unknown>[] | undefined>>();
  const tell = createTeller(log);
  function compiled(source: SourceSystem, name: string): readonly Step<unknown>[] {
    let lists = known.get(source);
    if (lists === undefined) known.set(source, (lists = new Map<string, readonly Step<unknown>[] | undefined>()));
    let steps = lists.get(name);
    if (steps === undefined && !lists.has(name))
      lists.set(name, (steps = compile(registry, requirePoint(registry, name), source, tell)));
    return steps ?? cannotRun(name);
  }
  // The registry holds handlers at points of handlers, and steps of translators at theirs.
  return {
    handlers: (source, point) => compiled(source, point) as readonly Step<HandlerFunctions>[],
    translators: (source, point) => compiled(source, point) as readonly Step<TranslatorFunction>[],
  };
}

function requirePoint(registry: Registry, name: string): ListPoint {
  const point = registry.points.get(name);
  if (point === undefined) throw new Error(`there is no extension point ${name}`);
  return point;
}

function cannotRun(point: string): never {
  throw new GatewayError(
    'busy',
    `The list of plug-ins of ${point} cannot run for this source system; the operator must correct it. Nothing was written: send the same message again later.`,
    { retryAfterS: 60 },
  );
}

type Tell = (source: SourceSystem, point: string, reasons: readonly object[]) => void;

/** Logs why a list cannot run, until it can. A configuration is read again every few seconds; its fault is news once. */
function createTeller(log: CompileLog): Tell {
  const told = new Map<string, string>();
  return (source, point, reasons) => {
    const key = `${source.organizationId} ${source.id} ${point}`;
    const said = JSON.stringify(reasons);
    if (reasons.length === 0) told.delete(key);
    else if (told.get(key) !== said) {
      told.set(key, said);
      log.error({ sourceSystem: source.code, point, reasons }, 'a list of plug-ins cannot run');
    }
  };
}

/** undefined: it cannot run. */
function compile(
  registry: Registry,
  point: ListPoint,
  source: SourceSystem,
  tell: Tell,
): readonly Step<unknown>[] | undefined {
  const { reasons, checked } = checkList(registry, point, chosenList(point, source));
  const made: MadeList = reasons.length > 0 ? { reasons } : make(registry, point, checked);
  tell(source, point.name, made.reasons);
  return made.steps;
}

interface MadeList {
  readonly reasons: readonly object[];
  readonly steps?: readonly Step<unknown>[];
}

function make(registry: Registry, point: ListPoint, checked: readonly CheckedEntry[]): MadeList {
  try {
    // What the engine does anyway has no function of its own.
    return { reasons: [], steps: stepsOf(registry, point, checked).filter(({ made }) => !isIdle(made)) };
  } catch (error) {
    if (!(error instanceof PluginFault)) throw error;
    return { reasons: [{ message: error.message }] };
  }
}

function isIdle(made: unknown): boolean {
  return typeof made === 'object' && made !== null && Object.keys(made).length === 0;
}

/**
 * The functions of checked entries, behind those of the plug-ins that the list does without. They are guarded: what they
 * throw names its plug-in. So does what is wrong with that which a plug-in of others leaves behind.
 *
 * @param unmade what runs in the place of one that cannot be made; absent: its PluginFault is thrown
 */
export function stepsOf(
  registry: Registry,
  point: ListPoint,
  checked: readonly { plugin: AnyListed; options: unknown }[],
  unmade?: (fault: PluginFault) => Made,
): Step<unknown>[] {
  const names = new Set(checked.map(({ plugin }) => plugin.name));
  const steps: Step<unknown>[] = [];
  const add = (name: string, make: () => Made | undefined, leftOut: boolean): void => {
    let made: Made | undefined;
    try {
      made = prepared(make, culpritAt(name, point.name), registry.isShipped(point, name) ? undefined : point.name);
    } catch (error) {
      if (unmade === undefined || !(error instanceof PluginFault)) throw error;
      made = unmade(error);
    }
    if (made !== undefined) steps.push({ name, made, leftOut });
  };
  for (const plugin of registry.listed(point).values()) {
    if (names.has(plugin.name) || !plugin.points.includes(point.name)) continue;
    add(plugin.name, () => plugin.leftOut?.(names), true);
  }
  for (const { plugin, options } of checked) add(plugin.name, () => plugin.make(options), false);
  return steps;
}

type Made = HandlerFunctions | TranslatorFunction;

/** @param inspectAt the point, of a plug-in whose results are looked at */
function prepared(make: () => Made | undefined, culprit: string, inspectAt: string | undefined): Made | undefined {
  const made = guard(make, culprit)();
  if (made === undefined) return undefined;
  // What is no function and no handler either falls over here, in its own name.
  const safe = guard(guarded, culprit)(made, culprit);
  return inspectAt === undefined ? safe : inspected(safe, inspectAt, culprit);
}

function guarded(made: Made, culprit: string): Made {
  return typeof made === 'function' ? guard(made, culprit) : guardHandler(made, culprit);
}

function inspected(made: Made, point: string, culprit: string): Made {
  return typeof made === 'function' ? inspectTranslator(made, point, culprit) : inspectHandler(made, culprit);
}
