import type { Selectable } from 'kysely';
import type { Sealer } from '../../domain/access.ts';
import {
  type EndpointContent,
  endpointSecretNames,
  type EndpointState,
  type EndpointView,
} from '../../domain/administration/index.ts';
import { endpointContext, type Endpoint, type EndpointSecrets } from '../../domain/endpoint.ts';
import type { Tables } from './tables.ts';

export type EndpointRow = Selectable<Tables['endpoint']>;

export function toEndpoint(row: EndpointRow): Endpoint {
  return {
    id: row.id,
    type: row.type,
    address: row.address,
    authentication: row.authentication,
    soapVersion: row.soap_version,
    connectTimeoutMs: row.connect_timeout_ms,
    timeoutMs: row.timeout_ms,
    attempts: row.attempts,
    tls: row.tls,
  };
}

export function toView(row: EndpointRow, sourceSystem: string): EndpointView {
  return {
    ...toEndpoint(row),
    sourceSystem,
    secrets: row.secrets,
    certificate: toCertificate(row),
    version: row.version,
    createdAt: row.created_at.toISOString(),
    changedAt: row.changed_at.toISOString(),
    changedBy: row.changed_by,
  };
}

/** For the history: without secrets. */
export function toState(row: EndpointRow): EndpointState {
  const { id: _id, type: _type, ...settings } = toEndpoint(row);
  return { ...settings, secrets: row.secrets, fingerprint: row.certificate_fingerprint };
}

function toCertificate(row: EndpointRow): EndpointView['certificate'] {
  const { certificate_subject: subject, certificate_fingerprint: fingerprint } = row;
  const { certificate_not_before: notBefore, certificate_not_after: notAfter } = row;
  if (subject === null || fingerprint === null || notBefore === null || notAfter === null) return null;
  return { subject, fingerprint, notBefore: notBefore.toISOString(), notAfter: notAfter.toISOString() };
}

/** Undefined when they do not open: their key is not there, or they or the address were changed behind the gateway's back. */
export function openSecrets(row: EndpointRow, sealer: Sealer): EndpointSecrets | undefined {
  if (row.sealed === null) return {};
  try {
    const context = endpointContext(row.organization_id, row.id, row.address);
    return JSON.parse(sealer.open(row.sealed, context).toString('utf8')) as EndpointSecrets;
  } catch {
    return undefined;
  }
}

export function toContentColumns(
  organizationId: number,
  id: string,
  { settings, secrets, certificate }: EndpointContent,
  sealer: Sealer,
) {
  const names = endpointSecretNames.filter((name) => secrets[name] !== undefined);
  const context = endpointContext(organizationId, id, settings.address);
  return {
    address: settings.address,
    authentication: settings.authentication,
    soap_version: settings.soapVersion,
    connect_timeout_ms: settings.connectTimeoutMs,
    timeout_ms: settings.timeoutMs,
    attempts: settings.attempts,
    tls: JSON.stringify(settings.tls),
    secrets: names,
    sealed: names.length === 0 ? null : sealer.seal(Buffer.from(JSON.stringify(secrets)), context),
    certificate_subject: certificate?.subject ?? null,
    certificate_fingerprint: certificate?.fingerprint ?? null,
    certificate_not_before: certificate?.notBefore ?? null,
    certificate_not_after: certificate?.notAfter ?? null,
  };
}
