import type { JsonValue } from '../../formats/json/index.ts';
import { isHiddenName, redacted, withoutProofs } from './redacted.ts';

/** The same value without passwords, birth dates, and what addresses prove. */
export function redactJson(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(redactJson);
  if (typeof value === 'string') return withoutProofs(value);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, isHiddenName(key) ? redacted : redactJson(inner)]),
  );
}
