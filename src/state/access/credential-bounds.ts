import type pg from 'pg';
import type { LoginKey } from '../../domain/access.ts';
import { GatewayError } from '../../domain/problem.ts';

/** All of them are read when a message of the login comes. */
const MOST_OF_A_LOGIN = 100;
/** A signature is tried with each certificate of its hint, of all organizations: some milliseconds each at most. */
const MOST_OF_A_HINT = 10;

/**
 * That the login still has few enough credentials, and the organization few enough certificates that a message may mean by one
 * and the same hint. Whoever makes a certificate chooses its hints: those of one organization must not slow down another that
 * is found by them. Throws GatewayError `conflict`.
 */
export async function refuseTooMany(
  client: pg.ClientBase,
  organizationId: number,
  userNameKey: string,
  keys: readonly LoginKey[],
): Promise<void> {
  const { rowCount: ofLogin } = await client.query(
    `select 1 from credential where organization_id = $1 and user_name_key = $2 and ${IS_VALID} limit $3`,
    [organizationId, userNameKey, MOST_OF_A_LOGIN + 1],
  );
  if ((ofLogin ?? 0) > MOST_OF_A_LOGIN) {
    throw new GatewayError(
      'conflict',
      `This user name has ${MOST_OF_A_LOGIN} valid credentials already. Revoke those that are not needed any more.`,
      { field: 'userName' },
    );
  }
  const { rowCount: crowded } = await client.query(
    `select 1 from unnest($2::text[]) as hint (key)
      where (select count(*) from credential
              where organization_id = $1 and kind = 'certificate' and ${IS_VALID} and hint.key = any (login_keys)) > $3`,
    [organizationId, keys.flatMap(({ key, exclusive }) => (exclusive ? [] : [key])), MOST_OF_A_HINT],
  );
  if (crowded === 0) return;
  throw new GatewayError(
    'conflict',
    `${MOST_OF_A_HINT} valid certificates of this organization already have the issuer and serial number, or the key identifier, of this one. Revoke those that are not needed any more, or make the certificate with a serial number and a key of its own.`,
    { field: 'certificate' },
  );
}

const IS_VALID = 'revoked_at is null and (valid_until is null or valid_until > now())';
