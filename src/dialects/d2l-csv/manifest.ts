import { GatewayError, type Problem } from '../../domain/problem.ts';
import { parseJson } from '../../formats/json/index.ts';
import type { PackagedFile } from '../../pipeline/file-ports.ts';
import { parseVersion, type Version, versions } from './versions.ts';

export const manifestName = 'manifest.json';

const maxBytes = 65_536;

export function isManifest({ name }: PackagedFile): boolean {
  return name.toLowerCase() === manifestName;
}

/** The version that a manifest announces: `{"version":"2.1"}`. What else stands in it is not looked at. */
export async function readManifest(file: PackagedFile): Promise<Version | Problem> {
  const bytes = await readWhole(file);
  if (bytes === undefined) return invalid(`It is larger than ${maxBytes} bytes.`);
  try {
    return versionOf(parseJson(bytes));
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return invalid(error.message);
  }
}

function versionOf(manifest: unknown): Version | Problem {
  const stated = typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : null;
  // A number loses its zero: 2.0 arrives as 2.
  if (typeof stated !== 'string' && typeof stated !== 'number')
    return { ...invalid('It is to be a JSON object with the text "version".'), field: 'version' };
  const version = parseVersion(String(stated));
  if (version !== undefined) return version;
  const message = `The manifest announces version ${JSON.stringify(String(stated).slice(0, 50))} of D2L Standard CSV; this gateway reads ${versions.join(', ')}. Nothing of the package was taken. Send one of these versions, or ask whether a newer release of the gateway reads it.`;
  return { code: 'unsupported_version', message, field: 'version' };
}

function invalid(why: string): Problem {
  const message = `The manifest cannot be read: ${why} Nothing of the package was taken. Write it as {"version":"3.0"}, with the version of the files.`;
  return { code: 'invalid_manifest', message };
}

/** undefined: it is too large. */
async function readWhole(file: PackagedFile): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of file.open()) {
    size += chunk.length;
    if (size > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
