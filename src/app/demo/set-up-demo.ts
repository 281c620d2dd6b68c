import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import type { Credentials } from '../../auth/credentials.ts';
import type { ApiTokens } from '../../auth/api-tokens.ts';
import { scopes } from '../../auth/scopes.ts';
import type { Config } from '../../config.ts';
import type { Sealer } from '../../domain/access.ts';
import type { Administration, OrganizationView } from '../../domain/administration/index.ts';
import { GatewayError } from '../../domain/problem.ts';
import type { Log } from '../../log.ts';
import type { Gateway } from '../../pipeline/ports.ts';
import { createDemoOrganization } from './create-organization.ts';
import { applyDemoLogin, applyDemoToken, demoLabel } from './fixed-credentials.ts';
import { sendFirstRecords } from './first-records.ts';

export type DemoParts = {
  readonly config: Config;
  readonly pool: pg.Pool;
  readonly sealer: Sealer;
  readonly administration: Administration;
  readonly credentials: Credentials;
  readonly apiTokens: ApiTokens;
  readonly gateway: Gateway;
  readonly log: Log;
};

/** What the start says about the demonstration organization. Secrets are known only when they are made. */
export type DemoAccount =
  | { readonly is: 'absent' }
  | { readonly is: 'there' }
  | { readonly is: 'created'; readonly userName: string; readonly password: string; readonly token: string };

const DEMO = 'demo';
const DEMO_SOURCE = 'banner';

/**
 * The first start creates the demonstration organization with random credentials, or those of PASSERELLE_DEMO_*; later
 * starts only apply these settings. A gateway that has other organizations gets none.
 */
export async function setUpDemo(parts: DemoParts): Promise<DemoAccount> {
  const { config, administration } = parts;
  if (!config.demo) return { is: 'absent' };
  const found = await findDemo(administration);
  if (found === undefined && (await administration.organizations.list({ limit: 1 })).items.length > 0) {
    return { is: 'absent' };
  }
  if (found !== undefined && (await isComplete(parts, found))) {
    await applySettings(parts, found);
    return { is: 'there' };
  }
  return create(parts);
}

async function create(parts: DemoParts): Promise<DemoAccount> {
  const { config, administration, gateway } = parts;
  const organization = await createDemoOrganization(administration);
  const source = await administration.sourceSystems.get(organization.id, DEMO_SOURCE);
  const userName = config.demoUser ?? `demo-${randomBytes(3).toString('hex')}`;
  const password = config.demoPassword ?? randomBytes(18).toString('base64url');
  const principal = {
    userName,
    organizationId: organization.id,
    sourceSystemId: source.id,
    mechanism: 'demonstration',
  };
  await sendFirstRecords(gateway, principal);
  const token = await makeToken(parts, organization);
  // Last: with it, the demonstration is complete.
  await applyDemoLogin(parts, principal, password);
  return { is: 'created', userName, password, token };
}

async function applySettings(parts: DemoParts, organization: OrganizationView): Promise<void> {
  const { demoUser, demoPassword, demoToken } = parts.config;
  if (demoUser !== undefined && demoPassword !== undefined) {
    const { id } = await parts.administration.sourceSystems.get(organization.id, DEMO_SOURCE);
    await applyDemoLogin(
      parts,
      { userName: demoUser, organizationId: organization.id, sourceSystemId: id },
      demoPassword,
    );
  }
  if (demoToken !== undefined) await applyDemoToken(parts, organization.id, demoToken);
}

async function makeToken(parts: DemoParts, { id }: OrganizationView): Promise<string> {
  const { demoToken } = parts.config;
  if (demoToken !== undefined) {
    await applyDemoToken(parts, id, demoToken);
    return demoToken;
  }
  const { token } = await parts.apiTokens.createToken({ label: demoLabel, organizationId: id, scopes });
  return token;
}

async function findDemo({ organizations }: Administration): Promise<OrganizationView | undefined> {
  try {
    return await organizations.get(DEMO);
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'not_found') return undefined;
    throw error;
  }
}

/** The login is made last; revoked ones count, because somebody decided so. */
async function isComplete({ administration, credentials }: DemoParts, { id }: OrganizationView): Promise<boolean> {
  try {
    const source = await administration.sourceSystems.get(id, DEMO_SOURCE);
    return (await credentials.listCredentials(id, source.id)).length > 0;
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'not_found') return false;
    throw error;
  }
}
