import type { Expected } from '../../domain/administration/index.ts';
import { GatewayError } from '../../domain/problem.ts';

/** Throws `conflict` when somebody else changed the object since it was read (If-Match). */
export function requireVersion(version: number | string, expected: Expected): void {
  if (expected.version === undefined || String(expected.version) === String(version)) return;
  throw new GatewayError(
    'conflict',
    `The object is at version ${version} now, not ${expected.version}. Read it again and repeat the change.`,
    { field: 'If-Match' },
  );
}
