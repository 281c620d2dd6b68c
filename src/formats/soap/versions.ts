export type SoapVersion = '1.1' | '1.2';

export interface SoapVersionFacts {
  readonly namespace: string;
  readonly contentType: string;
  /** Attribute that says for whom a header block is, and the values that mean us. */
  readonly roleAttribute: string;
  readonly ownRoles: readonly string[];
  readonly mustUnderstandAttribute: string;
}

const soap11 = 'http://schemas.xmlsoap.org/soap/envelope/';
const soap12 = 'http://www.w3.org/2003/05/soap-envelope';

export const soapVersions: Readonly<Record<SoapVersion, SoapVersionFacts>> = {
  '1.1': {
    namespace: soap11,
    contentType: 'text/xml; charset=utf-8',
    // SOAP 1.1 section 4.2.2: no actor means the ultimate recipient, `next` whoever comes next; we are both.
    roleAttribute: `{${soap11}}actor`,
    ownRoles: ['', 'http://schemas.xmlsoap.org/soap/actor/next'],
    mustUnderstandAttribute: `{${soap11}}mustUnderstand`,
  },
  '1.2': {
    namespace: soap12,
    contentType: 'application/soap+xml; charset=utf-8',
    // SOAP 1.2 part 1, section 2.2.
    roleAttribute: `{${soap12}}role`,
    ownRoles: ['', `${soap12}/role/next`, `${soap12}/role/ultimateReceiver`],
    mustUnderstandAttribute: `{${soap12}}mustUnderstand`,
  },
};

export function soapVersionOf(namespace: string): SoapVersion | undefined {
  if (namespace === soap11) return '1.1';
  return namespace === soap12 ? '1.2' : undefined;
}

/** The version that a sender speaks as far as the content type tells: only SOAP 1.2 has a media type of its own. */
export function soapVersionOfContentType(contentType: string | undefined): SoapVersion {
  return contentType !== undefined && /^\s*application\/soap\+xml\b/i.test(contentType) ? '1.2' : '1.1';
}
