import { randomBytes } from 'node:crypto';
import { createDemoOrganization } from '../../app/demo/create-organization.ts';
import { scopes } from '../../auth/scopes.ts';
import type { OrganizationView } from '../../domain/administration/index.ts';
import type { SendCredentials } from '../send/security-header.ts';
import type { StateContext } from '../with-state.ts';
import type { Cast } from './play.ts';

const TOKEN_HOURS = 24;

/**
 * Lets the play's two source systems in: logins of its own with fresh secrets, and a token to read the result, all made
 * directly in the database. The demonstration's own credentials are left alone.
 */
export async function prepareStage(context: StateContext): Promise<{ cast: Cast; token: string }> {
  const organization = await createDemoOrganization(context.administration);
  const cast = {
    registrar: await freshLogin(context, organization, 'registrar'),
    banner: await freshLogin(context, organization, 'banner'),
  };
  const { token } = await context.apiTokens.createToken({
    label: 'npm run demo',
    organizationId: organization.id,
    scopes,
    expiresAt: new Date(Date.now() + TOKEN_HOURS * 3_600_000),
  });
  return { cast, token };
}

async function freshLogin(
  { administration, credentials }: StateContext,
  { id: organizationId }: OrganizationView,
  source: string,
): Promise<Omit<SendCredentials, 'scheme'>> {
  const userName = `demo-play-${source}`;
  const password = randomBytes(18).toString('base64url');
  const { id: sourceSystemId } = await administration.sourceSystems.get(organizationId, source);
  const all = await credentials.listCredentials(organizationId, sourceSystemId);
  const former = all.find((each) => each.userName === userName);
  const kind = 'sealed';
  if (former === undefined) {
    await credentials.createCredential({ organizationId, sourceSystemId, userName, kind, secret: password });
  } else {
    await credentials.rotateCredential({
      organizationId,
      credentialId: former.id,
      overlapMs: 0,
      kind,
      secret: password,
    });
  }
  return { userName, password };
}
