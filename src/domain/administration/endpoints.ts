import type { Endpoint, EndpointSecrets, EndpointType } from '../endpoint.ts';
import type { Expected } from './setup.ts';
import type { Editor, Page, PageRequest } from './page.ts';

export type EndpointSecretName = keyof EndpointSecrets;
export const endpointSecretNames = [
  'userName',
  'password',
  'privateKey',
  'certificate',
] as const satisfies readonly EndpointSecretName[];

/** What an administrator sets of an endpoint, without its secrets. */
export type EndpointSettings = Omit<Endpoint, 'id' | 'type'>;

/** What an administrator wishes of an endpoint. A secret that is absent stays as it is, null = forget it. */
export interface EndpointWish extends EndpointSettings {
  readonly secrets: Readonly<Partial<Record<EndpointSecretName, string | null>>>;
}

/** What is shown of the certificate among the secrets. */
export interface EndpointCertificate {
  subject: string;
  /** SHA-256 of the DER bytes, in lower-case hexadecimal. */
  fingerprint: string;
  notBefore: string;
  notAfter: string;
}

/** An endpoint with its secrets in the clear: between those who check it and those who keep it. */
export interface EndpointContent {
  readonly settings: EndpointSettings;
  readonly secrets: EndpointSecrets;
  readonly certificate: EndpointCertificate | null;
}

export interface EndpointView extends EndpointSettings {
  id: string;
  type: EndpointType;
  /** The code of the source system. */
  sourceSystem: string;
  /** Which secrets are set; never the secrets. */
  secrets: EndpointSecretName[];
  certificate: EndpointCertificate | null;
  version: number;
  createdAt: string;
  changedAt: string;
  changedBy: string;
}

/** What an endpoint was or became, without secrets. */
export type EndpointState = EndpointSettings & {
  secrets: EndpointSecretName[];
  /** Of its certificate. */
  fingerprint: string | null;
};

export interface EndpointChange {
  /** null = was not there. */
  before: EndpointState | null;
  /** null = is not there any more. */
  after: EndpointState | null;
  secretsGiven: EndpointSecretName[];
  actor: string;
  changedAt: string;
}

/** An endpoint as it is called. */
export interface OpenedEndpoint {
  readonly endpoint: Endpoint;
  /** Undefined: they cannot be opened, their key is not there or they were changed. */
  readonly secrets: EndpointSecrets | undefined;
}

/**
 * The endpoints of source systems; `sourceSystem` is a code, or the number of an id. All calls throw GatewayError: `not_found`,
 * `conflict`, `busy`.
 */
export interface EndpointAdministration {
  list(organizationId: number, sourceSystem: string): Promise<EndpointView[]>;
  get(organizationId: number, sourceSystem: string, type: EndpointType): Promise<EndpointView>;
  /**
   * Sets an endpoint to what `decide` makes of what is there, in one transaction. Secrets that cannot be opened are absent
   * from `before` and named as `closed`; they are not kept.
   */
  put(
    editor: Editor,
    sourceSystem: string,
    type: EndpointType,
    expected: Expected,
    decide: (before: EndpointContent | undefined, closed: readonly EndpointSecretName[]) => EndpointContent,
  ): Promise<EndpointView>;
  remove(editor: Editor, sourceSystem: string, type: EndpointType, expected: Expected): Promise<void>;
  /** Newest first. */
  history(
    organizationId: number,
    sourceSystem: string,
    type: EndpointType,
    page: PageRequest,
  ): Promise<Page<EndpointChange>>;
  /** With the code of its source system, by whatever that was named; undefined: it has no endpoint of this type. */
  open(
    organizationId: number,
    sourceSystem: string,
    type: EndpointType,
  ): Promise<{ sourceSystemId: number; code: string; opened: OpenedEndpoint | undefined }>;
}
