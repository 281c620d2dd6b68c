import { type VariableDefinition, variableDefinitions } from '../src/domain/variables.ts';
import type { GeneratedFile } from './generate.ts';

/** docs/variables.md: the integration variables, for administrators. */
export function generate(): Promise<GeneratedFile[]> {
  const rows = Object.entries<VariableDefinition>(variableDefinitions).map(
    ([name, { scope, default: value, description }]) =>
      `| \`${name}\` | ${String(value)} | ${scope === 'organization' ? 'organization' : 'organization, source system'} | ${description} |`,
  );
  const text = [
    '# Integration variables',
    '',
    '<!-- Generated from src/domain/variables.ts by `npm run generate`. -->',
    '',
    'What an organization decides for all its source systems, or for one of them. `PUT /api/v1/variables/{name}` sets one for the',
    'organization, `PUT /api/v1/source-systems/{code}/variables/{name}` for a source system; the value `null` makes it as if it had never',
    'been set. An edit holds for what arrives after it.',
    '',
    '`GET /api/v1/variables/{name}/history` tells who set it and when, for the organization and all its source systems;',
    '`GET /api/v1/source-systems/{code}/variables/{name}/history` of one source system alone. Newest first, with the value before and after.',
    '',
    '| variable | default | set for | meaning |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
  return Promise.resolve([{ path: 'docs/variables.md', text }]);
}
