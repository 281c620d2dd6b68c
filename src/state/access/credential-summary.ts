import type pg from 'pg';
import type {
  CertificateFacts,
  CertificatePin,
  CredentialSummary,
  SecretKind,
  SshKeyFacts,
} from '../../domain/access.ts';
import { GatewayError } from '../../domain/problem.ts';

export const selectSummary = `
  select c.id, l.source_system_id, l.user_name, c.kind, c.created_at, c.last_used_at, c.valid_until, c.revoked_at,
         c.pin, c.subject, c.fingerprint, c.not_before, c.not_after, c.ssh_key
    from credential c
    join login_directory l on l.organization_id = c.organization_id and l.user_name_key = c.user_name_key
   where c.organization_id = $1`;

export type SummaryRow = {
  id: string;
  source_system_id: number;
  user_name: string;
  kind: SecretKind;
  created_at: Date;
  last_used_at: Date | null;
  valid_until: Date | null;
  revoked_at: Date | null;
  pin: CertificatePin | null;
  subject: string | null;
  fingerprint: string | null;
  not_before: Date | null;
  not_after: Date | null;
  ssh_key: string | null;
};

/** One credential; throws GatewayError `not_found`. */
export async function readSummary(
  client: pg.ClientBase,
  organizationId: number,
  id: string,
): Promise<CredentialSummary> {
  const { rows } = await client.query<SummaryRow>(`${selectSummary} and c.id = $2`, [organizationId, id]);
  if (rows[0] === undefined) throw new GatewayError('not_found', `There is no credential ${id}.`);
  return toSummary(rows[0]);
}

export function toSummary(row: SummaryRow): CredentialSummary {
  return {
    id: row.id,
    sourceSystemId: row.source_system_id,
    userName: row.user_name,
    kind: row.kind,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    validUntil: row.valid_until,
    revokedAt: row.revoked_at,
    certificate: toCertificateFacts(row),
    sshKey: toSshKeyFacts(row),
  };
}

function toSshKeyFacts({ ssh_key: key, fingerprint }: SummaryRow): SshKeyFacts | null {
  const algorithm = key?.split(' ')[0];
  return algorithm === undefined || fingerprint === null ? null : { algorithm, fingerprint };
}

function toCertificateFacts({ pin, subject, fingerprint, ...row }: SummaryRow): CertificateFacts | null {
  if (pin === null || subject === null || fingerprint === null) return null;
  if (row.not_before === null || row.not_after === null) return null;
  return { pin, subject, fingerprint, notBefore: row.not_before, notAfter: row.not_after };
}
