import { GatewayError } from '../../domain/problem.ts';
import type { SourceSystem } from '../ports.ts';
import { checkList, chosenList } from './check-list.ts';
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

/** Compiles a list when it is first needed, once for each source system as long as its configuration is remembered. */
export function createCompiledLists(registry: Registry, log: CompileLog): CompiledLists {
  const known = new WeakMap<SourceSystem, Map<string, readonly Step<unknown>[]>>();
  function compiled(source: SourceSystem, name: string): readonly Step<unknown>[] {
    let lists = known.get(source);
    if (lists === undefined) known.set(source, (lists = new Map<string, readonly Step<unknown>[]>()));
    let steps = lists.get(name);
    if (steps === undefined) lists.set(name, (steps = compile(registry, requirePoint(registry, name), source, log)));
    return steps;
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

function compile(
  registry: Registry,
  point: ListPoint,
  source: SourceSystem,
  log: CompileLog,
): readonly Step<unknown>[] {
  const { reasons, checked } = checkList(registry, point, chosenList(point, source));
  if (reasons.length > 0) {
    log.error({ sourceSystem: source.code, point: point.name, reasons }, 'a list of plug-ins cannot run');
    throw new GatewayError(
      'busy',
      `The list of plug-ins of ${point.name} cannot run for this source system; the operator must correct it. Nothing was written: send the same message again later.`,
      { retryAfterS: 60 },
    );
  }
  // What the engine does anyway has no function of its own.
  return stepsOf(registry.listed(point), point, checked).filter(({ made }) => !isIdle(made));
}

function isIdle(made: unknown): boolean {
  return typeof made === 'object' && made !== null && Object.keys(made).length === 0;
}

/** The functions of checked entries, behind those of the plug-ins that the list does without. */
export function stepsOf(
  plugins: ReadonlyMap<string, AnyListed>,
  point: ListPoint,
  checked: readonly { plugin: AnyListed; options: unknown }[],
): Step<unknown>[] {
  const names = new Set(checked.map(({ plugin }) => plugin.name));
  const steps: Step<unknown>[] = [];
  for (const plugin of plugins.values()) {
    if (names.has(plugin.name) || !plugin.points.includes(point.name)) continue;
    const made = plugin.leftOut?.(names);
    if (made !== undefined) steps.push({ name: plugin.name, made, leftOut: true });
  }
  for (const { plugin, options } of checked)
    steps.push({ name: plugin.name, made: plugin.make(options), leftOut: false });
  return steps;
}
