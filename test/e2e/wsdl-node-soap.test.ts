import { expect, it } from '@jest/globals';
import soap, { type Client } from 'soap';
import { services } from '../../src/dialects/lis2/index.ts';
import { withSoapDoor } from './wsdl-gateway.ts';
import { samples } from './wsdl-records.ts';

type Called = { result: Record<string, unknown> | null; status: string };

it.each(samples.map((sample) => [sample.object, sample] as const))(
  'a client that node-soap makes of our WSDL replaces, reads and deletes a %s',
  async (object, { service, sourcedId, content }) => {
    await withSoapDoor(async (baseUrl) => {
      const client = await soap.createClientAsync(`${baseUrl}/lis/${service}?wsdl`);
      client.addSoapHeader(
        { imsx_syncRequestHeaderInfo: { imsx_version: 'V1.0', imsx_messageIdentifier: 'm-1' } },
        '',
        'tns',
        services[service].namespace,
      );
      const element = object.charAt(0).toLowerCase() + object.slice(1);
      const record = { sourcedGUID: { sourcedId }, [element]: content };

      expect((await call(client, `read${object}`, { sourcedId })).status).toBe('failure/error/unknownobject m-1');
      expect((await call(client, `replace${object}`, { sourcedId, [`${element}Record`]: record })).status).toBe(
        'success/status/fullsuccess m-1',
      );
      const read = await call(client, `read${object}`, { sourcedId });
      expect(comparable(read.result!)).toMatchObject({
        [`${element}Record`]: { sourcedGUID: { sourcedId }, [element]: comparable(content) },
      });
      expect((await call(client, `delete${object}`, { sourcedId })).status).toBe('success/status/fullsuccess m-1');
      expect((await call(client, `delete${object}`, { sourcedId })).status).toBe('success/warning/unknownobject m-1');
      expect((await call(client, `readAll${object}Ids`, {})).status).toBe('success/status/nosourcedids m-1');
    });
  },
);

it('a client of a service that is not offered yet is told so in the words of the service', async () => {
  await withSoapDoor(async (baseUrl) => {
    const outcomes = await soap.createClientAsync(`${baseUrl}/lis/oms?wsdl`);
    expect((await call(outcomes, 'deleteLineItem', { sourcedId: '1' })).status).toBe(
      'unsupported/status/unsupportedLISoperation ',
    );
    const bulk = await soap.createClientAsync(
      `${baseUrl}/d2l/im/ipsis/lis/bdemsv1p0/BulkDataExchangeManagementServices.svc?wsdl`,
    );
    expect((await call(bulk, 'ignoreBulkDataExchange', { transactionId: '1' })).status).toBe(
      'unsupported/status/unsupportedLISoperation ',
    );
  });
});

async function call(client: Client, operation: string, parameters: object): Promise<Called> {
  const method = (client as unknown as Record<string, (parameters: object) => Promise<unknown[]>>)[
    `${operation}Async`
  ]!;
  const [result, , header] = await method(parameters);
  const info = (header as StatusHeader).imsx_syncResponseHeaderInfo.imsx_statusInfo;
  const minor = info.imsx_codeMinor.imsx_codeMinorField;
  const minorValue = Array.isArray(minor) ? minor[0]?.imsx_codeMinorFieldValue : minor.imsx_codeMinorFieldValue;
  const status = `${info.imsx_codeMajor}/${info.imsx_severity}/${minorValue} ${info.imsx_messageRefIdentifier ?? ''}`;
  return { result: result as Called['result'], status };
}

type MinorField = { imsx_codeMinorFieldValue: string };
type StatusHeader = {
  imsx_syncResponseHeaderInfo: {
    imsx_statusInfo: {
      imsx_codeMajor: string;
      imsx_severity: string;
      imsx_messageRefIdentifier: string | null;
      imsx_codeMinor: { imsx_codeMinorField: MinorField | MinorField[] };
    };
  };
};

/** Instants come back as dates, vocabularies as ours. */
function comparable(content: object): object {
  return JSON.parse(
    JSON.stringify(content, (key, value: unknown) =>
      key === 'instanceVocabulary' || key === 'instanceIdentifier' ? undefined : value,
    ).replaceAll(':00Z"', ':00.000Z"'),
  ) as object;
}
