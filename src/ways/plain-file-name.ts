import { GatewayError } from '../domain/problem.ts';
import { checkName } from '../formats/zip/index.ts';

const longestName = 200;
/** What file systems take. */
const longestNameBytes = 255;

/**
 * The name of a delivered file, in its composed form (NFC). It goes to logs, reports and at times onto disks of any system.
 *
 * @throws GatewayError `invalid_request`: a path, `..`, control characters, too long...
 */
export function plainFileName(text: string): string {
  const name = text.normalize('NFC');
  const why =
    checkName(name, longestName)?.why ??
    (Buffer.byteLength(name) > longestNameBytes ? 'its name is too long' : undefined);
  if (why === undefined) return name;
  throw new GatewayError(
    'invalid_request',
    `The file cannot be taken: ${why}. Give it a plain name of letters, digits, dots, dashes and underscores.`,
    { field: 'name' },
  );
}
