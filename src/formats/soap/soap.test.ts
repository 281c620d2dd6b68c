import { describe, expect, it } from '@jest/globals';
import { problemCatalogue, type ProblemCode } from '../../domain/problem.ts';
import { parseXml } from '../xml/index.ts';
import { decodeEnvelope, notUnderstood, soapVersionOfContentType, SoapVersionMismatch, writeFault } from './index.ts';

const soap11 = 'http://schemas.xmlsoap.org/soap/envelope/';
const soap12 = 'http://www.w3.org/2003/05/soap-envelope';
const decode = (xml: string) => decodeEnvelope(parseXml(Buffer.from(xml)));
const envelope = (inside: string, namespace = soap11): string =>
  `<s:Envelope xmlns:s="${namespace}">${inside}</s:Envelope>`;

function refusalOf(xml: string): unknown {
  try {
    return decode(xml);
  } catch (error) {
    return error;
  }
}

describe('a SOAP envelope', () => {
  it.each([
    ['1.1', soap11],
    ['1.2', soap12],
  ])('of version %s gives its header blocks and the one element of its Body', (version, namespace) => {
    const decoded = decode(envelope('<s:Header><h1 xmlns="u:1"/><h2/></s:Header><s:Body> <op/> </s:Body>', namespace));
    expect(decoded.version).toBe(version);
    expect(decoded.headers.map((block) => block.name)).toEqual(['h1', 'h2']);
    expect(decoded.body.name).toBe('op');
  });

  it.each([
    ['another root', '<a/>'],
    ['no Body', envelope('<s:Header/>')],
    ['an empty Body', envelope('<s:Body> </s:Body>')],
    ['two elements in the Body', envelope('<s:Body><a/><b/></s:Body>')],
    ['two Bodies', envelope('<s:Body><a/></s:Body><s:Body><b/></s:Body>')],
    ['a Body of another namespace', envelope('<Body><a/></Body>')],
  ])('is refused: %s', (_, xml) => {
    expect(refusalOf(xml)).toMatchObject({ code: 'malformed_envelope' });
  });

  it('of an unknown version is a version mismatch', () => {
    expect(() => decode('<s:Envelope xmlns:s="urn:soap:3"><s:Body><a/></s:Body></s:Envelope>')).toThrow(
      SoapVersionMismatch,
    );
    expect(() => decode('<Envelope><Body><a/></Body></Envelope>')).toThrow(SoapVersionMismatch);
  });

  it('names the blocks that must be understood by us and are not', () => {
    const blocks = (namespace: string, role: string): string[] => {
      const xml = `<s:Header>
        <m:Plain xmlns:m="u"/><m:Zero xmlns:m="u" s:mustUnderstand="0"/><m:One xmlns:m="u" s:mustUnderstand="1"/>
        <m:True xmlns:m="u" s:mustUnderstand="true"/><m:Known xmlns:m="u" s:mustUnderstand="1"/>
        <m:Other xmlns:m="u" s:mustUnderstand="1" s:${role}="urn:somebody"/><m:NotSoap xmlns:m="u" mustUnderstand="1"/>
        <m:Next xmlns:m="u" s:mustUnderstand="1" s:${role}="${role === 'actor' ? 'http://schemas.xmlsoap.org/soap/actor/next' : `${soap12}/role/next`}"/>
        </s:Header><s:Body><op/></s:Body>`;
      return notUnderstood(decode(envelope(xml, namespace)), (block) => block.name === 'Known').map(
        (block) => block.name,
      );
    };
    expect(blocks(soap11, 'actor')).toEqual(['One', 'True', 'Next']);
    expect(blocks(soap12, 'role')).toEqual(['One', 'True', 'Next']);
  });

  it('tells its version by the content type before it can be read', () => {
    expect(soapVersionOfContentType('application/soap+xml; charset=utf-8; action="x"')).toBe('1.2');
    expect(soapVersionOfContentType('text/xml')).toBe('1.1');
    expect(soapVersionOfContentType(undefined)).toBe('1.1');
  });
});

describe('a SOAP fault', () => {
  const fault = (version: '1.1' | '1.2', code: ProblemCode) =>
    writeFault(version, { code, message: 'It is <wrong>.', messageId: 'm-1' });
  const codes = Object.keys(problemCatalogue) as ProblemCode[];

  it.each(codes)('can say %s in both versions, with our code and the message id', (code) => {
    for (const version of ['1.1', '1.2'] as const) {
      const answer = fault(version, code);
      const root = parseXml(Buffer.from(answer.body));
      expect(root.namespace).toBe(version === '1.1' ? soap11 : soap12);
      expect(answer.contentType).toBe(
        version === '1.1' ? 'text/xml; charset=utf-8' : 'application/soap+xml; charset=utf-8',
      );
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.body).toContain(
        `<code>${code}</code><message>It is &lt;wrong&gt;.</message><messageId>m-1</messageId>`,
      );
    }
  });

  it('of SOAP 1.1 is 500 even when the sender is to blame; of SOAP 1.2 it is 400', () => {
    expect(fault('1.1', 'malformed_xml')).toMatchObject({
      status: 500,
      body: expect.stringContaining('<faultcode>soap:Client</faultcode>'),
    });
    expect(fault('1.2', 'malformed_xml')).toMatchObject({
      status: 400,
      body: expect.stringContaining('<soap:Value>soap:Sender</soap:Value>'),
    });
    expect(fault('1.1', 'internal_error')).toMatchObject({ status: 500, body: expect.stringContaining('soap:Server') });
    expect(fault('1.2', 'internal_error')).toMatchObject({
      status: 500,
      body: expect.stringContaining('soap:Receiver'),
    });
  });

  it('keeps the status of HTTP where HTTP refuses', () => {
    expect(fault('1.1', 'busy').status).toBe(503);
    expect(fault('1.2', 'payload_too_large').status).toBe(413);
    expect(fault('1.1', 'unsupported_media_type').status).toBe(415);
  });

  it('of WS-Security has its own code, and tells nothing of headers in the SOAP 1.1 detail', () => {
    const old = fault('1.1', 'credentials_invalid');
    expect(old).toMatchObject({
      status: 500,
      body: expect.stringMatching(/<faultcode xmlns:wsse="[^"]+secext-1\.0\.xsd">wsse:FailedAuthentication</),
    });
    expect(old.body).not.toContain('<detail>');
    expect(old.body).toMatch(/<soap:Header><problem.*<\/soap:Header>/s);
    expect(fault('1.2', 'credentials_invalid').body).toMatch(
      /soap:Sender<\/soap:Value><soap:Subcode><soap:Value[^>]*>wsse:FailedAuthentication/,
    );
  });

  it('of an unknown version names the versions that are spoken', () => {
    const answer = writeFault('1.1', {
      code: 'malformed_envelope',
      message: 'x',
      messageId: 'm',
      versionMismatch: true,
    });
    expect(answer.status).toBe(500);
    expect(answer.body).toContain('<faultcode>soap:VersionMismatch</faultcode>');
    expect(answer.body.match(/SupportedEnvelope /g)).toHaveLength(2);
  });

  it('of a header that is not understood names it, in SOAP 1.2', () => {
    const notUnderstood = [{ name: 'Action', namespace: 'urn:a' }];
    const answer = writeFault('1.2', { code: 'must_understand', message: 'x', messageId: 'm', notUnderstood });
    expect(answer.status).toBe(500);
    expect(answer.body).toContain('<soap:Value>soap:MustUnderstand</soap:Value>');
    expect(answer.body).toContain('<soap:NotUnderstood qname="block:Action" xmlns:block="urn:a"/>');
  });
});
