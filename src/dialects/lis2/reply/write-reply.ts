import { soapVersions, writeEnvelope, type SoapAnswer, type SoapVersion } from '../../../formats/soap/index.ts';
import { element, type XmlNode } from '../../../formats/xml/index.ts';
import type { ServiceContract } from '../contract/service.ts';
import type { LisStatus } from './status.ts';

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
export function writeReply(to: ReplyTo, status: LisStatus, content: readonly XmlNode[] = []): SoapAnswer {
  const xmlns = to.namespace === '' ? to.service.namespace : to.namespace;
  const body = element(`${to.operation}Response`, content, { xmlns });
  return {
    status: 200,
    contentType: soapVersions[to.version].contentType,
    body: writeEnvelope(to.version, [statusHeader(to, status, xmlns)], body),
  };
}

function statusHeader(to: ReplyTo, status: LisStatus, xmlns: string): XmlNode {
  const minor = element('imsx_codeMinorField', [
    element('imsx_codeMinorFieldName', 'TargetEndSystem'),
    element('imsx_codeMinorFieldValue', status.codeMinor),
  ]);
  const info = [
    element('imsx_codeMajor', status.codeMajor),
    element('imsx_severity', status.severity),
    element('imsx_messageRefIdentifier', to.requestId),
    ...(status.description === '' ? [] : [element('imsx_description', status.description)]),
    element('imsx_codeMinor', [minor]),
  ];
  const header = [
    element('imsx_version', 'V1.0'),
    element('imsx_messageIdentifier', to.messageId),
    element('imsx_statusInfo', info),
  ];
  return element('imsx_syncResponseHeaderInfo', header, { xmlns });
}
