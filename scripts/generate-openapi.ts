import { readFile } from 'node:fs/promises';
import { recordDialects } from '../src/app/record-dialects.ts';
import { sisRest } from '../src/dialects/sis-rest/index.ts';
import { buildOpenApi } from '../src/http/openapi/build-openapi.ts';
import { publishedCalls } from '../src/http/published-calls.ts';
import { recordCalls } from '../src/http/record-calls.ts';
import type { GeneratedFile } from './generate.ts';

/** docs/openapi.json: the document that the gateway serves at /openapi.json. */
export async function generate(): Promise<GeneratedFile[]> {
  const manifest = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  const calls = publishedCalls([...sisRest.calls, ...recordCalls(recordDialects())]);
  const document = buildOpenApi(calls, version);
  return [{ path: 'docs/openapi.json', text: `${JSON.stringify(document, null, 2)}\n` }];
}
