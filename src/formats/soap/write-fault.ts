import type { ProblemCode } from '../../domain/problem.ts';
import { wsseNamespace } from '../../pipeline/authenticate-must-understand.ts';
import { element, type XmlNode } from '../xml/index.ts';
import { faultTable, type FaultSpec } from './fault-table.ts';
import { soapVersions, type SoapVersion } from './versions.ts';
import { writeEnvelope } from './write-envelope.ts';

/** What a fault tells: our stable code, the public text, and the id under which the operator finds the message. */
export interface Fault {
  readonly code: ProblemCode;
  readonly message: string;
  readonly messageId: string;
  /** The Envelope was of no version that exists. */
  readonly versionMismatch?: boolean;
  /** Header blocks that had to be understood and were not. */
  readonly notUnderstood?: readonly { readonly name: string; readonly namespace: string }[];
}

export interface SoapAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

const problemNamespace = 'urn:passerelle:problem:1';

/** A fault in the sender's SOAP version, with the HTTP status of the fault table. */
export function writeFault(version: SoapVersion, fault: Fault): SoapAnswer {
  const spec = faultTable[fault.code];
  const problem = element(
    'problem',
    [element('code', fault.code), element('message', fault.message), element('messageId', fault.messageId)],
    { xmlns: problemNamespace },
  );
  const inHeader = version === '1.1' && spec.about === 'header';
  const headers = [
    ...upgradeHeader(version, fault),
    ...notUnderstoodHeaders(version, fault),
    ...(inHeader ? [problem] : []),
  ];
  const detail = inHeader ? [] : [problem];
  const body = version === '1.1' ? fault11(spec, fault, detail) : fault12(spec, fault, detail);
  return {
    status: spec.http ?? bindingStatus(version, spec, fault),
    contentType: soapVersions[version].contentType,
    body: writeEnvelope(version, headers, body),
  };
}

/** SOAP 1.1 section 6.2; SOAP 1.2 part 2, table 20. */
function bindingStatus(version: SoapVersion, spec: FaultSpec, fault: Fault): number {
  return version === '1.2' && spec.code === 'sender' && fault.versionMismatch !== true ? 400 : 500;
}

const codeNames = {
  '1.1': { sender: 'Client', receiver: 'Server', must_understand: 'MustUnderstand' },
  '1.2': { sender: 'Sender', receiver: 'Receiver', must_understand: 'MustUnderstand' },
} as const;

function fault11(spec: FaultSpec, fault: Fault, detail: XmlNode[]): XmlNode {
  const name = fault.versionMismatch === true ? 'VersionMismatch' : codeNames['1.1'][spec.code];
  const code =
    spec.wsse === undefined
      ? element('faultcode', `soap:${name}`)
      : element('faultcode', `wsse:${spec.wsse}`, { 'xmlns:wsse': wsseNamespace });
  const children = [code, element('faultstring', fault.message)];
  return element('soap:Fault', detail.length === 0 ? children : [...children, element('detail', detail)]);
}

function fault12(spec: FaultSpec, fault: Fault, detail: XmlNode[]): XmlNode {
  const name = fault.versionMismatch === true ? 'VersionMismatch' : codeNames['1.2'][spec.code];
  const code = [element('soap:Value', `soap:${name}`)];
  if (spec.wsse !== undefined) {
    code.push(element('soap:Subcode', [element('soap:Value', `wsse:${spec.wsse}`, { 'xmlns:wsse': wsseNamespace })]));
  }
  return element('soap:Fault', [
    element('soap:Code', code),
    element('soap:Reason', [element('soap:Text', fault.message, { 'xml:lang': 'en' })]),
    element('soap:Detail', detail),
  ]);
}

/** SOAP 1.2 part 1, section 5.4.7: the versions that are spoken here, the preferred one first. */
function upgradeHeader(version: SoapVersion, fault: Fault): XmlNode[] {
  if (fault.versionMismatch !== true) return [];
  const supported = ([version, version === '1.1' ? '1.2' : '1.1'] as const).map((each) =>
    element('upgrade:SupportedEnvelope', '', { qname: 'env:Envelope', 'xmlns:env': soapVersions[each].namespace }),
  );
  return [element('upgrade:Upgrade', supported, { 'xmlns:upgrade': soapVersions['1.2'].namespace })];
}

/** SOAP 1.2 part 1, section 5.4.8. */
function notUnderstoodHeaders(version: SoapVersion, fault: Fault): XmlNode[] {
  if (version === '1.1') return [];
  return (fault.notUnderstood ?? []).map(({ name, namespace }) =>
    namespace === ''
      ? element('soap:NotUnderstood', '', { qname: name })
      : element('soap:NotUnderstood', '', { qname: `block:${name}`, 'xmlns:block': namespace }),
  );
}
