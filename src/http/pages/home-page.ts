import { escapeHtml, page } from './html.ts';

/** What a person sees who opens the gateway's address. */
export function homePage(version: string): string {
  return page(
    'Passerelle',
    `<main>
<h1>Passerelle</h1>
<p>This gateway takes what student information systems say, and keeps a learning management system's organization,
people, courses and enrollments in step with it.</p>
<ul>
<li><a href="/docs">The REST interface</a>, for source systems and for administrators, and its <a href="/openapi.json">OpenAPI file</a></li>
<li>SOAP services of LIS 2.0: add <code>?wsdl</code> to the address of a service to read its description</li>
<li><a href="/healthz">Is it alive?</a> <a href="/readyz">Can it work?</a></li>
</ul>
<p>Version ${escapeHtml(version)}</p>
</main>`,
  );
}
