import { soapVersions, writeEnvelope, type SoapAnswer, type SoapVersion } from '../../../formats/soap/index.ts';
import { element, type XmlNode } from '../../../formats/xml/index.ts';
import type { ServiceContract } from '../contract/service.ts';
import { imsxStatusHeader, type ImsStatus } from '../../../formats/ims/index.ts';

/** Whom and what is answered. */
export interface ReplyTo {
  readonly version: SoapVersion;
  readonly service: ServiceContract;
  /** `replaceMembership`: the reply's element is this and `Response`. */
  readonly operation: string;
  /** Of the request's own element; empty where it had none. */
  readonly namespace: string;
  /** The request's imsx_messageIdentifier, as it came. */
  readonly requestId: string;
  readonly messageId: string;
}

/** A normal response: strict, in schema order, in the request's namespace (the service's own, where the request had none), in default-namespace form. */
export function writeReply(to: ReplyTo, status: ImsStatus, content: readonly XmlNode[] = []): SoapAnswer {
  const xmlns = to.namespace === '' ? to.service.namespace : to.namespace;
  const body = element(`${to.operation}Response`, content, { xmlns });
  return {
    status: 200,
    contentType: soapVersions[to.version].contentType,
    body: writeEnvelope(to.version, [imsxStatusHeader(to, status, xmlns)], body),
  };
}
