import { expect, test } from '@jest/globals';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { dirname, join } from 'node:path';
import { makeCertificate, type TestCertificate } from '../../src/testing/certificates.ts';
import { passerelle, root, startGateway, withVar } from './gateway-process.ts';

const fixture = (name: string): string => join(root, 'test/fixtures/tls', name);

test(
  'a TLS client certificate that is pinned lets a source system in; doctor tells of one that ends soon',
  () =>
    withVar(async (varFolder) => {
      await mkdir(dirname(varFolder), { recursive: true });
      const file = join(dirname(varFolder), 'sis.pem');
      const ending = new Date(Date.now() + 5 * 86_400_000);
      const sis = makeCertificate({ subject: 'sis.example.edu', notAfter: ending });
      await writeFile(file, sis.cert);
      const environment = { PASSERELLE_VAR: varFolder };
      const gateway = await startGateway({
        ...environment,
        PASSERELLE_TLS_CERT: fixture('first.cert.pem'),
        PASSERELLE_TLS_KEY: fixture('first.key.pem'),
        PASSERELLE_TLS_CLIENT_CERTIFICATES: 'yes',
      });
      try {
        const create = [
          'source',
          'credential',
          'create',
          'demo',
          'banner',
          '--user',
          'sis-tls',
          '--kind',
          'certificate',
        ];
        const made = await passerelle([...create, '--certificate', file], environment);
        expect(made).toMatchObject({ code: 0, stdout: expect.stringContaining('sis.example.edu') });
        const status = (by?: TestCertificate) => statusOf(`${gateway.url}/sis/v1/users/nobody`, by);
        expect(await status(sis)).toBe(404);
        expect(await status()).toBe(401);
        expect(await status(makeCertificate({ subject: 'sis.example.edu' }))).toBe(401);
        const { stdout } = await passerelle(['doctor'], environment);
        expect(stdout).toContain('the certificate of sis-tls');
      } finally {
        await gateway.stop();
      }
    }),
  90_000,
);

async function statusOf(url: string, by: TestCertificate | undefined): Promise<number | undefined> {
  const sent = request(url, { rejectUnauthorized: false, agent: false, ...by });
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}
