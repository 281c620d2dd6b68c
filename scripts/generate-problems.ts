import { problemCatalogue } from '../src/domain/problem.ts';
import { statusOf } from '../src/http/http-status.ts';
import type { GeneratedFile } from './generate.ts';

/** docs/problems.md: every problem code, what it means and what to do. */
export function generate(): Promise<GeneratedFile[]> {
  const sections = Object.entries(problemCatalogue).map(([code, { title, advice }]) => {
    const status = statusOf[code as keyof typeof statusOf];
    const http =
      status === 202 ? 'never refuses a message: it stands beside an outcome, or under /api/v1/waiting' : `${status}`;
    const precondition = code === 'conflict' ? '; 412 where an If-Match names a version that has passed' : '';
    return `## ${code}\n\n${title}. ${advice}\n\nHTTP status at the REST doors: ${http}${precondition}.\n`;
  });
  return Promise.resolve([{ path: 'docs/problems.md', text: `${head}\n${sections.join('\n')}` }]);
}

const head = `# Problems

Every problem has a code that is stable for ever: in the \`code\` of an HTTP error, in the \`problems\` of an outcome, in what
waits, in SOAP status descriptions and faults, and in the log. This page is generated from \`src/domain/problem.ts\`.
`;
