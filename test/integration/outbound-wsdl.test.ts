import { expect, test } from '@jest/globals';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { calledServices } from '../../src/dialects/lis2/index.ts';
import { pathOfPublished } from '../../src/formats/wsdl/index.ts';
import { createSoapWriter } from '../../src/outbound/soap-request.ts';
import { endpointAt, requestBulk } from '../outbound/world.ts';

test('a WSDL that could not be loaded once is loaded the next time', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'passerelle-wsdl-'));
  try {
    const write = createSoapWriter();
    const contract = { wsdl: join(folder, 'published', 'bdems.wsdl'), service: calledServices.bdems };
    const endpoint = endpointAt('https://sis.example.edu/');
    await expect(write(endpoint, contract, requestBulk)).rejects.toThrow('ENOENT');
    await cp(dirname(pathOfPublished('lis2-called', 'bdems.wsdl')), join(folder, 'published'), { recursive: true });
    expect((await write(endpoint, contract, requestBulk)).body).toContain('requestBulkDataExchangeRequest');
  } finally {
    await rm(folder, { recursive: true });
  }
});
