import type { Request } from 'express';
import type { SoapEndpoint } from './soap-dialect.ts';

/** The WSDL or the schema that a GET asks for (`?wsdl`, .NET's `?singleWsdl`, `?xsd`, `?xsd=1`); undefined when it asks for neither. */
export function describe(request: Request, endpoint: SoapEndpoint, baseUrl: string): string | undefined {
  const [, asked, name = ''] = /[?&](wsdl|singlewsdl|xsd)(?:=([\w.-]*))?(?:&|$)/i.exec(request.url) ?? [];
  const query = asked?.toLowerCase();
  if (query === undefined) return undefined;
  if (query === 'xsd') return (endpoint.imports?.get(name) ?? endpoint.schema).replace(importLocation, '$1?xsd=');
  const location = (baseUrl + request.baseUrl + request.path).replace(/[&<"]/g, '');
  return endpoint.wsdl.replace(/(<soap:address location=")[^"]*/g, (_, start: string) => start + location);
}

/** The file of an imported schema; at an address it is asked for. */
const importLocation = /(<xs:import [^>]*schemaLocation=")/g;

/** How senders reach us: as declared, else by the host that they named. */
export function baseUrlOf(request: Request, secure: boolean, publicUrl: string | undefined): string {
  if (publicUrl !== undefined) return publicUrl;
  const host = request.headers.host ?? '';
  return `${secure ? 'https' : 'http'}://${/^[\w.:[\]-]+$/.test(host) ? host : 'localhost'}`;
}
