import { z } from 'zod';
import type { Contract } from './openapi/contract.ts';

export const tokenPath = '/oauth2/token';

const form = z
  .object({
    grant_type: z.literal('client_credentials'),
    client_id: z
      .string()
      .optional()
      .meta({ description: 'The user name, unless it stands in an Authorization header.' }),
    client_secret: z.string().optional().meta({ description: 'Its password, likewise.' }),
  })
  .meta({ id: 'TokenRequest', description: 'RFC 6749, 4.4.2. There are no scopes; each parameter is given once.' });

const token = z
  .object({
    access_token: z.string(),
    token_type: z.literal('Bearer'),
    expires_in: z.number().int().meta({ description: 'Seconds (`PASSERELLE_ACCESS_TOKEN_S`).' }),
  })
  .meta({
    id: 'AccessToken',
    description: 'RFC 6749, 5.1. For the `Authorization: Bearer` header of the calls for source systems.',
  });

const refusal = z
  .object({
    error: z.enum([
      'invalid_request',
      'invalid_client',
      'unsupported_grant_type',
      'invalid_scope',
      'temporarily_unavailable',
    ]),
    error_description: z.string(),
  })
  .meta({ id: 'TokenError', description: 'RFC 6749, 5.2.' });

/** The token endpoint, as the OpenAPI file documents it. It stands apart: its words are those of RFC 6749. */
export const tokenCall: Contract = {
  method: 'post',
  path: tokenPath,
  tag: 'For source systems',
  security: 'client',
  summary: 'Get an access token',
  description:
    'OAuth 2 client credentials (RFC 6749, 4.4): the client is a user name of a source system, its secret the password. Authenticate by HTTP Basic or in the form, not by both. Served where `oauth2-bearer` is in the chain of authenticators.',
  body: form,
  bodyType: 'application/x-www-form-urlencoded',
  responses: { 200: { description: 'A token. It may not be kept by caches.', schema: token } },
  error: refusal,
};
