import type { Request } from 'express';
import type { SoapEndpoint } from './soap-dialect.ts';

/** The WSDL or the schema that a GET asks for (`?wsdl`, .NET's `?singleWsdl`, `?xsd`, `?xsd=1`); undefined when it asks for neither. */
export function describe(request: Request, endpoint: SoapEndpoint, baseUrl: string): string | undefined {
  const query = /[?&](wsdl|singlewsdl|xsd)(?:[=&]|$)/i.exec(request.url)?.[1]?.toLowerCase();
  if (query === undefined) return undefined;
  if (query === 'xsd') return endpoint.schema;
  const location = (baseUrl + request.baseUrl + request.path).replace(/[&<"]/g, '');
  return endpoint.wsdl.replace(/(<soap:address location=")[^"]*/g, (_, start: string) => start + location);
}

/** How senders reach us: as declared, else by the host that they named. */
export function baseUrlOf(request: Request, secure: boolean, publicUrl: string | undefined): string {
  if (publicUrl !== undefined) return publicUrl;
  const host = request.headers.host ?? '';
  return `${secure ? 'https' : 'http'}://${/^[\w.:[\]-]+$/.test(host) ? host : 'localhost'}`;
}
