import type {
  AccessPolicy,
  ApiToken,
  CertificatePin,
  ChosenPolicy,
  CredentialSummary,
  FailedAttempts,
  SecretKind,
} from '../../domain/access.ts';
import type {
  Administration,
  Editor,
  EndpointView,
  EndpointWish,
  Expected,
  JournaledMessage,
} from '../../domain/administration/index.ts';
import type { FetchAdministration } from '../../domain/file-fetch.ts';
import type { FileSettingsStore } from '../../domain/file-settings.ts';
import type { Freshness, FreshnessStore } from '../../domain/freshness.ts';
import type { NoticeStore, SubscriptionStore } from '../../domain/notice-stores.ts';
import type { NoticeFacts, Recipient } from '../../domain/notices.ts';
import type { Problem } from '../../domain/problem.ts';
import type { EndpointType } from '../../domain/endpoint.ts';
import type { Intake } from '../../pipeline/intake.ts';
import type { EndpointCalls } from '../../pipeline/endpoint-calls.ts';
import type { CompiledLists, GroupTypes, Registry } from '../../pipeline/plugins/index.ts';
import type { Gateway, Handler, SourceSystem, Translate } from '../../pipeline/ports.ts';
import type { Command } from '../../domain/command.ts';
import type { Outcome } from '../../domain/outcome.ts';

/** What a token may do; `x:write` includes `x:read`. The same list as that of the tokens, which is checked where both meet. */
export const apiScopes = [
  'admin:read',
  'admin:write',
  'roster:read',
  'roster:write',
  'messages:read',
  'messages:write',
] as const;
export type ApiScope = (typeof apiScopes)[number];

/** Who calls the administration API. */
export interface Bearer {
  readonly tokenId: string;
  readonly label: string;
  /** null = the operator of the whole gateway. */
  readonly organizationId: number | null;
  readonly scopes: readonly ApiScope[];
  /** null = never. */
  readonly expiresAt: Date | null;
}

export interface TokenService {
  /** Throws GatewayError: `credentials_missing`, `credentials_invalid`, `busy`. */
  verifyToken(authorization: string | undefined): Promise<Bearer>;
  createToken(request: {
    label: string;
    organizationId: number | null;
    scopes: readonly ApiScope[];
    expiresAt?: Date;
  }): Promise<{ token: string; apiToken: ApiToken }>;
  listTokens(organizationId?: number | null): Promise<ApiToken[]>;
  revokeToken(id: string, organizationId?: number | null): Promise<ApiToken>;
}

/** What a credential is made of, by its kind. */
interface CredentialMaterial {
  /** Of a password. */
  secret?: string;
  /** PEM. */
  certificate?: string;
  pin?: CertificatePin;
  proof?: string;
  /** Of SSH: one line. */
  publicKey?: string;
}

/** A secret is shown once; of a certificate there is none. */
interface ShownCredential {
  credential: CredentialSummary;
  secret?: string;
}

export interface CredentialService {
  createCredential(
    request: {
      organizationId: number;
      sourceSystemId: number;
      userName: string;
      kind: SecretKind;
    } & CredentialMaterial,
  ): Promise<ShownCredential>;
  rotateCredential(
    request: {
      organizationId: number;
      credentialId: string;
      overlapMs: number;
      kind?: SecretKind;
    } & CredentialMaterial,
  ): Promise<ShownCredential>;
  revokeCredential(organizationId: number, credentialId: string): Promise<CredentialSummary>;
  listCredentials(organizationId: number, sourceSystemId?: number): Promise<CredentialSummary[]>;
  /** With all its credentials; its user name is free again. */
  removeLogin(organizationId: number, userName: string): Promise<void>;
}

export interface LockoutService {
  /** The user name '' means an address as a whole. */
  listLockouts(): Promise<FailedAttempts[]>;
  clearLockout(userName: string, address: string): Promise<boolean>;
}

export interface AccessPolicyService {
  /** `sourceSystemId` null: of the organization as a whole. */
  get(organizationId: number, sourceSystemId: number | null): Promise<AccessPolicy>;
  chosen(organizationId: number, sourceSystemId: number | null): Promise<ChosenPolicy>;
  /**
   * Throws GatewayError `invalid_request` for what is no address or CIDR block, and what `check` throws of the policy that
   * was there.
   */
  set(
    editor: Editor,
    sourceSystemId: number | null,
    policy: AccessPolicy,
    check?: (current: AccessPolicy) => void,
  ): Promise<void>;
}

/** What a journaled message is sent again as; undefined when its dialect cannot, or it was refused before it had a meaning. */
export interface Replay {
  readonly method: string;
  readonly path: string;
  readonly translate: Translate;
}

/** The extension points of this gateway, and what is needed to try a list out. */
export interface ExtensionPointService {
  readonly registry: Registry;
  /** The lists in force, as they run. */
  readonly lists: CompiledLists;
  /** The links of the inbound chain, in their order. */
  readonly inbound: readonly { readonly name: string; readonly role: 'identify' | 'require' }[];
  sourceSystem(organizationId: number, id: number): Promise<SourceSystem | undefined>;
  groupTypes(source: SourceSystem, sourcedIds: readonly string[]): Promise<GroupTypes>;
  /** What nobody can take out of a list: run behind it. */
  readonly always: readonly Handler[];
  /** What would become of commands now; nothing is written. */
  tryCommands(source: SourceSystem, commands: readonly Command[]): Promise<readonly Outcome[]>;
  /** Where plug-ins are told of that were at fault while a list was tried out. */
  readonly log: { warn(fields: object, message: string): void };
}

/** Sets endpoints, and tests them. */
export interface EndpointService extends Pick<EndpointCalls, 'testEndpoint'> {
  /** Throws GatewayError: `invalid_request`, `not_found` (source system), `conflict`. */
  put(
    editor: Editor,
    sourceSystem: string,
    type: EndpointType,
    wish: EndpointWish,
    expected: Expected,
  ): Promise<EndpointView>;
}

/** Who is told of what, what became of that, and who may be silent for how long. All throw GatewayError. */
export interface NoticeService {
  readonly subscriptions: SubscriptionStore;
  readonly notices: Pick<NoticeStore, 'list' | 'retry'>;
  readonly freshness: Pick<FreshnessStore, 'find' | 'put' | 'remove'>;
  /** When a source system is silent for too long, if nothing comes before; null: no time counts any more. */
  silentAt(freshness: Pick<Freshness, 'calendar' | 'watchedFrom' | 'heardAt'>): Date | null;
  /** Tells a recipient that it would be told. Answers why that did not work. */
  test(recipient: Recipient, facts: NoticeFacts): Promise<Problem | undefined>;
}

/** Everything that the administration API works with. */
export interface ApiServices {
  readonly administration: Administration;
  readonly gateway: Gateway;
  readonly tokens: TokenService;
  readonly credentials: CredentialService;
  readonly lockouts: LockoutService;
  readonly accessPolicies: AccessPolicyService;
  readonly extensionPoints: ExtensionPointService;
  readonly endpoints: EndpointService;
  readonly files: Intake;
  readonly fileSettings: FileSettingsStore;
  readonly fetches: FetchAdministration;
  readonly notices: NoticeService;
  /** Where SFTP is served; undefined where it is not. */
  readonly sftp: () => { readonly port: number; readonly fingerprints: readonly string[] } | undefined;
  readonly replayOf: (message: JournaledMessage) => Replay | undefined;
  /** The same by other lists, of a message that was refused as well: to see what it would mean. */
  readonly meaningOf: (message: JournaledMessage, lists: CompiledLists) => Replay | undefined;
}
