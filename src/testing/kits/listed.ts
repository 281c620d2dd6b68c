import { expect } from '@jest/globals';
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

/** What is changed in place then throws. */
export function deepFreeze<Value>(value: Value): Value {
  // Bytes cannot be frozen.
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) deepFreeze(part);
  return value;
}
