import type { Environment } from '../config.ts';
import type { EndpointSecretName } from '../domain/administration/index.ts';
import { GatewayError } from '../domain/problem.ts';
import { settings } from '../settings.ts';
import { readNamedFile } from './read-named.ts';

/** How secrets of what the gateway calls are given on the command line: files by their names, the password by the environment. */
export interface GivenSecrets {
  user?: string;
  certificate?: string;
  privateKey?: string;
  forget: EndpointSecretName[];
}

/** The secrets that are given; null = to be forgotten, absent = as they are. Throws GatewayError `invalid_request`. */
export async function secretsOf(
  { user, certificate, privateKey, forget }: GivenSecrets,
  environment: Environment,
): Promise<object> {
  const given = {
    userName: user,
    password: environment[settings.endpointPassword.name],
    certificate: await pemOf(certificate),
    privateKey: await pemOf(privateKey),
  };
  const both = forget.find((name) => given[name] !== undefined);
  if (both !== undefined) throw new GatewayError('invalid_request', `${both} is given and to be forgotten.`);
  return { ...defined(given), ...Object.fromEntries(forget.map((name) => [name, null])) };
}

export async function pemOf(file: string | undefined): Promise<string | undefined> {
  return file === undefined || file === '' ? file : (await readNamedFile(file)).toString('utf8');
}

/** Without what is not named. */
export function defined(values: Record<string, unknown>): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
