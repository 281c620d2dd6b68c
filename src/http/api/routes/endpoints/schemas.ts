import { z } from 'zod';
import { endpointSecretNames } from '../../../../domain/administration/index.ts';
import { endpointLimits, endpointTypes } from '../../../../domain/endpoint.ts';
import { instant, sourceSystemParam, version } from '../../schemas.ts';
import { problem } from '../problem.ts';

export const endpointType = z.enum(endpointTypes).meta({
  description: 'What the endpoint is called for, in the words of IPSIS.',
  example: 'outcome',
});

const bounded = ({ min, max }: { min: number; max: number }) => z.int().min(min).max(max);
const pem = z.string().min(1).max(100_000);

const tls = z
  .strictObject({
    authorities: pem.optional().meta({
      description: "PEM: the authorities that the endpoint's certificate may come from, in place of the system's.",
    }),
    serverName: z
      .string()
      .regex(/^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})$/, 'must be a host name')
      .optional()
      .meta({ description: 'The name that its certificate must carry, where it is not that of the address.' }),
    minVersion: z.enum(['TLSv1.2', 'TLSv1.3']).optional(),
  })
  .meta({ id: 'EndpointTls', description: 'How TLS is spoken. Certificates are always checked.' });

const { connectTimeoutMs, timeoutMs, attempts } = endpointLimits;
const settings = {
  address: z.string().min(1).max(2_000).meta({
    description: 'An http or https address, without user name, password and fragment.',
  }),
  authentication: z.string().min(1).max(100).meta({
    description: 'An outbound authenticator.',
    example: 'wss-password-digest',
  }),
  soapVersion: z.enum(['1.1', '1.2']),
  connectTimeoutMs: bounded(connectTimeoutMs).meta({ description: 'Until a connection stands.' }),
  timeoutMs: bounded(timeoutMs).meta({ description: 'From the request to the last byte of the answer.' }),
  attempts: bounded(attempts).meta({
    description: 'How often a call is made at most, the first time included, where trying again is worth it.',
  }),
  tls,
};

const secret = (max: number, description: string) =>
  z.string().min(1).max(max).nullable().optional().meta({ description });

export const endpointBody = z
  .strictObject({
    ...settings,
    soapVersion: settings.soapVersion.default('1.1'),
    connectTimeoutMs: settings.connectTimeoutMs.default(connectTimeoutMs.default),
    timeoutMs: settings.timeoutMs.default(timeoutMs.default),
    attempts: settings.attempts.default(attempts.default),
    tls: tls.default({}),
    secrets: z
      .strictObject({
        userName: secret(256, 'The user name that the gateway signs in with.'),
        password: secret(1_000, 'Its password, or the shared secret.'),
        privateKey: secret(20_000, 'PEM, without a passphrase: signs messages, or proves the TLS client.'),
        certificate: secret(100_000, 'PEM: the certificate of that key, and its issuers after it.'),
      })
      .default({})
      .meta({ description: 'Never shown again. Absent = leave, null = forget.' }),
  })
  .meta({ id: 'EndpointSettings' });

const secretNames = z.array(z.enum(endpointSecretNames)).meta({ description: 'Which secrets are set.' });

const certificate = z.object({
  subject: z.string(),
  fingerprint: z.string().meta({ description: 'SHA-256 of the DER bytes, in hexadecimal.' }),
  notBefore: instant,
  notAfter: instant,
});

export const endpoint = z
  .object({
    id: z.string(),
    sourceSystem: z.string(),
    type: endpointType,
    ...settings,
    secrets: secretNames,
    certificate: certificate.nullable().meta({ description: 'Of the certificate among the secrets.' }),
    version,
    createdAt: instant,
    changedAt: instant,
    changedBy: z.string(),
  })
  .meta({ id: 'Endpoint', description: 'An address of a source system that the gateway calls.' });

const state = z
  .object({ ...settings, secrets: secretNames, fingerprint: z.string().nullable() })
  .meta({ id: 'EndpointState', description: 'What an endpoint was or became, without secrets.' });

export const change = z
  .object({
    before: state.nullable().meta({ description: 'null: was not there.' }),
    after: state.nullable().meta({ description: 'null: is not there any more.' }),
    secretsGiven: z.array(z.enum(endpointSecretNames)).meta({ description: 'Which secrets were given anew.' }),
    actor: z.string(),
    changedAt: instant,
  })
  .meta({ id: 'EndpointChange' });

export const test = z
  .object({
    ok: z.boolean(),
    messageId: z.string().meta({ description: 'The message of the journal that tells of it.' }),
    steps: z.array(z.object({ step: z.string(), ok: z.boolean(), detail: z.string() })),
    problem: problem.optional().meta({ description: 'What is wrong; absent: nothing.' }),
  })
  .meta({ id: 'EndpointTest' });

export const endpointParam = sourceSystemParam.extend({ type: endpointType });
