import { describe, expect, it } from '@jest/globals';
import { viewBody } from './view-body.ts';

const person = `<?xml version="1.0"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:wsu="urn:utility">
  <!-- the password is hunter2 -->
  <s:Header><Security xmlns="urn:wsse" s:mustUnderstand="1" wsu:Id="x"><UsernameToken><Username>sis</Username><Password Type="text">hunter2</Password><Nonce>aHVudGVy</Nonce></UsernameToken></Security></s:Header>
  <s:Body><p:person xmlns:p="urn:pms">
    <p:userId><p:userIdValue>ada</p:userIdValue><p:password>hunter2</p:password></p:userId>
    <p:demographics><p:eventDate><p:instanceName><p:textString>Start</p:textString></p:instanceName><p:instanceValue><p:textString>1815-12-10</p:textString></p:instanceValue></p:eventDate><p:representation><p:date>1815-12-10</p:date></p:representation><p:gender>female</p:gender></p:demographics>
    <p:extensionField><p:fieldName>BirthDate</p:fieldName><p:fieldType>String</p:fieldType><p:fieldValue>1815-12-10</p:fieldValue></p:extensionField>
    <p:extensionField><p:fieldName>BannerID</p:fieldName><p:fieldValue>B001</p:fieldValue></p:extensionField>
  </p:person></s:Body>
</s:Envelope>`;

const xml = (body: string) => ({ contentType: 'text/xml; charset=utf-8', body: Buffer.from(body) });
const json = (value: unknown) => ({ contentType: 'application/json', body: Buffer.from(JSON.stringify(value)) });

describe('the view of a stored XML message', () => {
  it('holds no password and no birth date, wherever they stand', async () => {
    const view = JSON.stringify(await viewBody(xml(person), 'text'));
    expect(view).not.toMatch(/hunter2|aHVudGVy|1815/);
    for (const kept of ['sis', 'ada', 'female', 'BirthDate', 'B001']) expect(view).toContain(kept);
  });

  it('holds no password that an attribute or a name in lower case tells', async () => {
    const body =
      '<person><userid useridtype="Password">hunter2</userid><userid password="hunter2">ada</userid>' +
      '<extensionfield><fieldname>passwd</fieldname><fieldvalue>hunter2</fieldvalue></extensionfield>' +
      '<userid useridtype="PIN">hunter2</userid><extensionField><fieldName><language>en</language><textString>pass</textString></fieldName>' +
      '<fieldValue>hunter2</fieldValue></extensionField></person>';
    const view = JSON.stringify(await viewBody(xml(body), 'text'));
    expect(view).not.toContain('hunter2');
    expect(view).toContain('>ada<');
  });

  it.each([
    ['http://usr:hunter2@host/x?token=hunter2', 'http://[redacted]@host/x?[redacted]'],
    [
      'see sftp://hunter2@host/x, and https://host/?sig=hunter2#a',
      'see sftp://[redacted]@host/x, and https://host/?[redacted]#a',
    ],
    ['https:usr:hunter2@host/x', 'https:[redacted]@host/x'],
    ['HTTPS:\\\\usr:hunter2@host/x#token=hunter2', 'HTTPS:\\\\[redacted]@host/x#[redacted]'],
    ['https://host/x#https://usr:hunter2@host/', 'https://host/x#[redacted]'],
    ['https://host/x#usr:hunter2@', 'https://host/x#[redacted]'],
    ['http://usr:hun"ter2@host:81/a.zip', 'http://[redacted]@host:81/a.zip'],
    ['https://host/a@b.zip#part', 'https://host/a@b.zip#part'],
    ['ada@host, 10:30, a:b?c', 'ada@host, 10:30, a:b?c'],
  ])('holds nothing of the address %s that proves somebody', async (address, shown) => {
    const escaped = address.replaceAll('"', '&quot;');
    const view = await viewBody(xml(`<r at="${escaped}"><url>${escaped}</url></r>`), 'tree');
    expect(JSON.stringify(view)).not.toContain('ter2');
    expect(view).toMatchObject({ tree: { r: { url: shown } } });
    expect(await viewBody(json({ url: [address] }), 'tree')).toEqual({ tree: { url: [shown] } });
  });

  it.each(['a://#', 'a://', 'https:', 'https:#', 'a://?', 'a:', '#', 'a://a@', 'https:\\'])(
    'comes as fast of a text of nothing but %s as of any other',
    async (part) => {
      const body = `<url>${part.repeat(Math.ceil(200_000 / part.length))}</url>`;
      const begun = performance.now();
      await viewBody(xml(body), 'text');
      expect(performance.now() - begun).toBeLessThan(2_000);
    },
  );

  it('keeps names, namespaces and attributes', async () => {
    const view = await viewBody(
      xml('<a:r xmlns:a="urn:a" xmlns:b="urn:b" b:x="1" y="2" xml:lang="en"><c/></a:r>'),
      'text',
    );
    expect(view).toEqual({
      body: '<?xml version="1.0" encoding="UTF-8"?>\n<r xmlns="urn:a" xmlns:a1="urn:b" a1:x="1" y="2" xml:lang="en">\n  <c xmlns=""/>\n</r>\n',
    });
  });

  it('comes as a tree too', async () => {
    const view = await viewBody(xml('<r><user>ada</user><password>x</password><n>1</n><n>2</n></r>'), 'tree');
    expect(view).toEqual({ tree: { r: { user: 'ada', password: '[redacted]', n: ['1', '2'] } } });
  });

  it('is withheld when the message cannot be read, because its secrets cannot be found', async () => {
    expect(await viewBody(xml('<password>hunter2'), 'text')).toEqual({
      bodyWithheld: expect.not.stringContaining('hunter2'),
    });
  });
});

describe('the view of a stored JSON message', () => {
  it('holds no password and no birth date, wherever they stand', async () => {
    const body = json({
      messages: [{ fields: { givenName: 'Ada', attributes: { BirthDate: '1815-12-10', passwd: 'x' } } }],
    });
    expect(await viewBody(body, 'tree')).toEqual({
      tree: {
        messages: [{ fields: { givenName: 'Ada', attributes: { BirthDate: '[redacted]', passwd: '[redacted]' } } }],
      },
    });
    expect(JSON.stringify(await viewBody(body, 'text'))).not.toContain('1815');
  });

  it('is withheld when it is malformed, empty or very large', async () => {
    for (const text of ['{"password": ', '', `"${'x'.repeat(1_100_000)}"`]) {
      const view = await viewBody({ contentType: 'application/json', body: Buffer.from(text) }, 'text');
      expect(view).toEqual({ bodyWithheld: expect.any(String) });
    }
  });
});
