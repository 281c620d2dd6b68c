import type { ElementView, Message } from '../../pipeline/ports.ts';
import { element, sampleMessage } from './samples.ts';

const wsse = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
const long = 'x'.repeat(100_000);

/** Messages as nobody sends them who means well: no authenticator may fall over one, or take one for a credential. */
export function hostileMessages(): [string, Message][] {
  const withHeader = (headers: Message['headers']): Message => sampleMessage({ headers });
  const schemes = ['Basic', 'Bearer', 'ApiKey', 'OAuth', 'Digest', 'Negotiate'];
  return [
    ['an empty authorization', withHeader({ authorization: '' })],
    ['a scheme without a credential', withHeader({ authorization: 'Basic', 'x-api-key': '' })],
    ['a scheme that nobody knows', withHeader({ authorization: 'Quantum abc' })],
    ['control characters', withHeader({ authorization: 'Basic \u0001\u0002', 'x-api-key': '\u0001' })],
    ['a credential without end', withHeader({ authorization: `Basic ${long}`, 'x-api-key': long })],
    ...schemes.flatMap((scheme): [string, Message][] => [
      [`garbage as ${scheme}`, withHeader({ authorization: `${scheme} !!%%\u00ff==` })],
      [`an endless ${scheme}`, withHeader({ authorization: `${scheme} ${long}` })],
      [`many blanks in ${scheme}`, withHeader({ authorization: `${scheme}${' '.repeat(50_000)}` })],
    ]),
    ['an OAuth header of one parameter many times', withHeader({ authorization: `OAuth ${'a="b",'.repeat(10_000)}` })],
    ['an OAuth header of escapes that are none', withHeader({ authorization: 'OAuth oauth_consumer_key="%zz%"' })],
    ['a certificate that is none', withCertificate(Buffer.from(long))],
    ['a certificate of no bytes', withCertificate(Buffer.alloc(0))],
    ['a SOAP message without headers', sampleMessage({ door: 'soap', soapHeaders: [] })],
    ...soap('an empty Security header'),
    ...soap('tokens without anything in them', element('UsernameToken'), element('BinarySecurityToken')),
    ...soap('a token whose parts are tokens', element('UsernameToken', element('UsernameToken', 'x'))),
    ...soap('a name without end', element('UsernameToken', element('Username', long), element('Password', long))),
    ...soap('a signature of nothing', element('Signature', element('SignedInfo'), element('SignatureValue', '!!'))),
    ...soap('two tokens', token('ann'), token('bob')),
  ];
}

function withCertificate(certificate: Buffer): Message {
  return sampleMessage({ remote: { address: '192.0.2.7', loopback: false, secure: true, certificate } });
}

function token(name: string): ElementView {
  return element('UsernameToken', element('Username', name), element('Password', 'x'));
}

/** A message whose WS-Security header holds these; the body is no document at all. */
function soap(what: string, ...parts: ElementView[]): [string, Message][] {
  const soapHeaders = [inNamespace(element('Security', ...parts))];
  const soapEnvelope = element('Envelope', element('Header', ...soapHeaders), element('Body'));
  const body = Buffer.from('<Envelope');
  return [[what, sampleMessage({ door: 'soap', soapHeaders, soapEnvelope, body })]];
}

function inNamespace(view: ElementView): ElementView {
  return { ...view, namespace: wsse, children: view.children.map(inNamespace) };
}
