import { readFile } from 'node:fs/promises';
import { sisRest } from '../src/dialects/sis-rest/index.ts';
import { apiRoutes } from '../src/http/api/routes/index.ts';
import { buildOpenApi } from '../src/http/openapi/build-openapi.ts';
import type { GeneratedFile } from './generate.ts';

/** docs/openapi.json: the document that the gateway serves at /openapi.json. */
export async function generate(): Promise<GeneratedFile[]> {
  const manifest = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  const document = buildOpenApi([...sisRest.calls, ...apiRoutes.map(({ contract }) => contract)], version);
  return [{ path: 'docs/openapi.json', text: `${JSON.stringify(document, null, 2)}\n` }];
}
