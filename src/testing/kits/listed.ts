import { expect } from '@jest/globals';
import { isDeepStrictEqual } from 'node:util';
import type { ListedPlugin } from '../../pipeline/plugins/index.ts';

/** What every plug-in of a list must say of itself. */
export function describesItself({ name, summary, points }: ListedPlugin<unknown>): void {
  expect(name).toMatch(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/);
  expect(summary).toMatch(/^[A-Z`].*\.$/);
  expect(points).not.toEqual([]);
  expect(new Set(points).size).toBe(points.length);
}

/** Options as the gateway parses them. Throws where the schema refuses them. */
export function parseOptions({ name, options }: ListedPlugin<unknown>, given: unknown): unknown {
  if (options === undefined) return undefined;
  const parsed = options.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new Error(`${name} refuses the options ${JSON.stringify(given)}: ${JSON.stringify(parsed.error.issues)}`);
}

/** How a kit is run; nothing need be said where a plug-in takes no options, or does without. */
export interface KitOptions {
  /** The options with which the plug-in meets hostile values. Absent: those of the examples, and none where it does without. */
  readonly options?: unknown;
}

/**
 * The options with which a plug-in is tried beyond its examples, each once. Throws where it refuses all that are known: the
 * test then fails with what to do about it.
 */
export function optionsToTry(
  plugin: ListedPlugin<unknown>,
  examples: readonly { readonly options?: unknown }[],
  given: KitOptions,
): readonly unknown[] {
  if (given.options !== undefined) return [given.options];
  const stated = examples.flatMap(({ options }) => (options === undefined ? [] : [options]));
  const known = doesWithout(plugin) ? [{}, ...stated] : stated;
  if (known.length === 0)
    throw new Error(
      `${plugin.name} does not do without options, and no example has any: give the kit \`options\` as its last argument.`,
    );
  return known.filter((options, index) => known.findIndex((other) => isDeepStrictEqual(other, options)) === index);
}

function doesWithout({ options }: ListedPlugin<unknown>): boolean {
  return options === undefined || options.safeParse({}).success;
}

/** What is changed in place then throws. */
export function deepFreeze<Value>(value: Value): Value {
  // Bytes cannot be frozen.
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) deepFreeze(part);
  return value;
}
