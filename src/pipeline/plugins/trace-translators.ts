import { isDeepStrictEqual } from 'node:util';
import type { ChosenList } from '../../domain/extension-points.ts';
import { GatewayError, type Problem, toProblem } from '../../domain/problem.ts';
import type { CompiledLists, Step } from './compile.ts';
import { candidateSteps } from './dry-run.ts';
import { PluginFault } from './guard.ts';
import type { TranslatedRecord, TranslatorFunction } from './plugin.ts';
import type { ListPoint } from './points.ts';
import type { Registry } from './registry.ts';

/** A field that a step set, changed or took away: what is missing was not, or is not, stated. */
export interface FieldChange {
  readonly field: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** What one step read from one record. */
export interface ReadStepEffect {
  readonly plugin: string;
  /** It stands for a plug-in that the list does without. */
  readonly leftOut: boolean;
  readonly changes: readonly FieldChange[];
  readonly warnings: readonly Problem[];
  readonly refusal?: Problem;
  /** The plug-in is at fault: what it did. Nothing of it is shown, and no step behind it ran. */
  readonly fault?: PluginFault;
}

/** What the steps of a list read from one record, in their order; those behind a refusal or a fault did not run. */
export interface RecordEffects {
  /** Empty where the gateway would give it. */
  readonly sourcedId: string;
  readonly at: string;
  /** Stated before any step: what the dialect itself knows. */
  readonly given: Readonly<Record<string, unknown>>;
  readonly steps: readonly ReadStepEffect[];
}

/** Lists that write down what one of them does. */
export interface TracedLists {
  readonly lists: CompiledLists;
  /** The records that came by, in their order. */
  readonly records: readonly RecordEffects[];
}

type Traced = RecordEffects & { readonly steps: ReadStepEffect[] };

/**
 * The lists as they are in force, but at one point of translators a candidate, whose every step is written down.
 *
 * @throws ListRefused for a list that could not be put either.
 */
export function traceTranslators(
  registry: Registry,
  point: ListPoint,
  chosen: ChosenList,
  lists: CompiledLists,
): TracedLists {
  // A point of translators lists translators.
  const steps = candidateSteps(registry, point, chosen) as Step<TranslatorFunction>[];
  const traced = new Map<TranslatedRecord, Traced>();
  const watched = steps.map((step) => ({ ...step, made: watch(step, traced) }));
  return {
    lists: {
      handlers: (source, name) => lists.handlers(source, name),
      translators: (source, name) => (name === point.name ? watched : lists.translators(source, name)),
    },
    get records() {
      return [...traced.values()];
    },
  };
}

/** The step, as it runs, with its effect written down behind the record that it reads. */
function watch(
  { name, leftOut, made }: Step<TranslatorFunction>,
  traced: Map<TranslatedRecord, Traced>,
): TranslatorFunction {
  return (record, fields) => {
    const before = structuredClone(fields);
    const noted = record.notes.length;
    let effects = traced.get(record);
    if (effects === undefined)
      traced.set(record, (effects = { sourcedId: record.sourcedId, at: record.at, given: before, steps: [] }));
    const step = { plugin: name, leftOut };
    try {
      made(record, fields);
    } catch (error) {
      const done = error instanceof PluginFault ? { changes: [], warnings: [], fault: error } : undefined;
      effects.steps.push({
        ...step,
        ...(done ?? { ...changed(), ...(error instanceof GatewayError ? { refusal: toProblem(error) } : {}) }),
      });
      throw error;
    }
    effects.steps.push({ ...step, ...changed() });

    function changed() {
      return { changes: changesOf(before, structuredClone(fields)), warnings: record.notes.slice(noted) };
    }
  };
}

function changesOf(before: Record<string, unknown>, after: Record<string, unknown>): FieldChange[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names]
    .filter((field) => !isDeepStrictEqual(before[field], after[field]))
    .map((field) => ({
      field,
      ...(field in before ? { before: before[field] } : {}),
      ...(field in after ? { after: after[field] } : {}),
    }));
}
