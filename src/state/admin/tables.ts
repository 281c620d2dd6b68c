import type { ColumnType, Generated, JSONColumnType } from 'kysely';
import type { OrgUnitBase, OrgUnitWireKind, RelationKind, WireKind } from '../../domain/entities.ts';
import type {
  AttemptView,
  EndpointSecretName,
  EndpointState,
  MessageDirection,
  MessageResult,
  ObjectState,
  OverrideValue,
} from '../../domain/administration/index.ts';
import type { EndpointTls, EndpointType } from '../../domain/endpoint.ts';
import type { Door } from '../../domain/message.ts';
import type { SourceSystemOptions, SourceSystemState } from '../../domain/source-system.ts';

/*
 * The columns of db/schema.sql that administration reads and writes. bigint comes as a string, timestamptz as a Date.
 */

type Instant = ColumnType<Date, never, never>;
/** Given by the database, never written by hand. */
type Given<T> = ColumnType<T, never, never>;
type Version = ColumnType<number, never, number>;
type Json<T> = ColumnType<T, string, string>;

export interface StoredSettings {
  lmsOwned?: { user?: string[]; org_unit?: string[] };
}

export interface Tables {
  organization: {
    id: Given<number>;
    code: string;
    name: string;
    settings: ColumnType<StoredSettings, string | undefined, string>;
    root_org_unit_id: string;
    version: Version;
    created_at: Instant;
  };
  lane: { organization_id: number; epoch: Generated<string>; change_seq: Given<string>; removed_seq: Given<string> };
  source_system: {
    organization_id: number;
    id: Given<number>;
    code: string;
    name: string;
    state: SourceSystemState;
    preset: string;
    rank: number;
    options: Json<Partial<SourceSystemOptions>>;
    reserved: Generated<boolean>;
    version: Version;
    created_at: Instant;
  };
  org_unit_type: {
    organization_id: number;
    id: Given<number>;
    code: string;
    name: string;
    base: OrgUnitBase;
    version: Version;
  };
  org_unit_type_map: {
    organization_id: number;
    source_system_id: number;
    sis_type: string;
    sis_type_key: Given<string>;
    org_unit_type_id: number;
  };
  role: {
    organization_id: number;
    id: Given<number>;
    code: string;
    name: string;
    rank: number;
    all_sections: boolean;
    version: Version;
  };
  role_map: {
    organization_id: number;
    source_system_id: number;
    sis_role: string;
    sis_role_key: Given<string>;
    role_id: number;
  };
  link: {
    organization_id: number;
    source_system_id: number;
    sourced_id: string;
    kind: WireKind;
    lms_id: string;
    adopted: boolean;
  };
  declared_user: DeclaredRow;
  declared_org_unit: DeclaredRow & { kind: OrgUnitWireKind; implied: boolean };
  declared_enrollment: {
    organization_id: number;
    source_system_id: number;
    sourced_id: string;
    user_sourced_id: string;
    deleted: boolean;
    message_id: string;
    declared_at: Date;
    user_id: string | null;
    org_unit_id: string | null;
    wait_code: string | null;
    wait_on: string | null;
  };
  declared_relation: {
    organization_id: number;
    source_system_id: number;
    sourced_id: string;
    kind: RelationKind;
    agent_sourced_id: string;
    user_id: string | null;
    agent_id: string | null;
    wait_code: string | null;
  };
  extension_point_list: {
    organization_id: number;
    point: string;
    source_system_id: number | null;
    scope: Given<number>;
    template: string | null;
    entries: ColumnType<unknown, string | null, never>;
    changed_at: Instant;
    changed_by: string;
  };
  association_history: {
    organization_id: number;
    id: Given<string>;
    source_system_id: number;
    sourced_id: string;
    at: Instant;
    message_id: string;
    added: string[];
    removed: string[];
  };
  variable: {
    organization_id: number;
    source_system_id: number | null;
    scope: Given<number>;
    name: string;
    value: Json<boolean>;
  };
  variable_history: {
    organization_id: number;
    id: Given<string>;
    source_system_id: number | null;
    name: string;
    before: ColumnType<boolean | null, unknown, never>;
    after: ColumnType<boolean | null, unknown, never>;
    actor: string;
    changed_at: Instant;
  };
  lms_user: {
    organization_id: number;
    id: string;
    user_name_key: string | null;
    org_defined_id_key: string | null;
    fields: JSONColumnType<Record<string, unknown>>;
    role_id: number | null;
    state: ObjectState;
    version: number;
    changed_at: Date;
  };
  lms_org_unit: {
    organization_id: number;
    id: Generated<string>;
    org_unit_type_id: number;
    code: string;
    code_key: string;
    fields: JSONColumnType<Record<string, unknown>>;
    state: ObjectState;
    version: Generated<number>;
    changed_at: Generated<Date>;
  };
  lms_org_unit_parent: {
    organization_id: number;
    org_unit_id: string;
    parent_id: string;
    position: number;
    cascades: boolean;
  };
  lms_enrollment: {
    organization_id: number;
    user_id: string;
    org_unit_id: string;
    id: string;
    role_id: number;
    sub_role: string | null;
    starts_at: Date | null;
    ends_at: Date | null;
    inactive: boolean;
    ended: boolean;
    version: number;
    changed_at: Date;
  };
  lms_relation: {
    organization_id: number;
    user_id: string;
    agent_id: string;
    kind: RelationKind;
    id: string;
    ended: boolean;
    version: number;
    changed_at: Date;
  };
  override: {
    organization_id: number;
    lms_id: string;
    field: string;
    value: Json<OverrideValue>;
    wish_key: Given<string | null>;
    set_by: string;
    set_at: ColumnType<Date, never, Date>;
  };
  change: {
    organization_id: number;
    id: string;
    seq: string;
    at: Date;
    entity: 'user' | 'org_unit' | 'enrollment' | 'relation';
    lms_id: string;
    operation: 'created' | 'updated' | 'deleted';
    before: Record<string, unknown> | null;
    after: Record<string, unknown> | null;
    cause: { reason: string; messageId?: string; sourceSystemId?: number; actor?: string };
  };
  endpoint: {
    organization_id: number;
    id: string;
    source_system_id: number;
    type: EndpointType;
    address: string;
    authentication: string;
    soap_version: '1.1' | '1.2';
    connect_timeout_ms: number;
    timeout_ms: number;
    attempts: number;
    tls: Json<EndpointTls>;
    secrets: EndpointSecretName[];
    sealed: Buffer | null;
    certificate_subject: string | null;
    certificate_fingerprint: string | null;
    certificate_not_before: ColumnType<Date | null, string | null, string | null>;
    certificate_not_after: ColumnType<Date | null, string | null, string | null>;
    version: Version;
    created_at: Instant;
    changed_at: ColumnType<Date, never, Date>;
    changed_by: string;
  };
  endpoint_history: {
    organization_id: number;
    id: Given<string>;
    source_system_id: number;
    type: EndpointType;
    before: ColumnType<EndpointState | null, string | null, never>;
    after: ColumnType<EndpointState | null, string | null, never>;
    secrets_given: EndpointSecretName[];
    actor: string;
    changed_at: Instant;
  };
  message: {
    organization_id: number;
    id: string;
    source_system_id: number;
    user_name: string;
    received_at: Date;
    direction: Generated<MessageDirection>;
    door: Door | null;
    endpoint_type: EndpointType | null;
    dialect: string;
    operation: string;
    content_type: string;
    remote_address: string;
    size_bytes: number;
    body: Buffer;
    result: MessageResult;
    sourced_ids: string[];
    outcomes: unknown;
    refusal: unknown;
    attempts: ColumnType<AttemptView[] | null, string, string>;
    answer: Buffer | null;
    duration_ms: number;
    replay_of: string | null;
  };
  reprojection: {
    organization_id: number;
    id: string;
    cause: { reason: string };
    total: number;
    done: number;
    created_at: Date;
    finished_at: Date | null;
  };
}

interface DeclaredRow {
  organization_id: number;
  source_system_id: number;
  sourced_id: string;
  fields: JSONColumnType<Record<string, unknown>>;
  deleted: boolean;
  message_id: string;
  declared_at: Date;
  live: boolean;
  wait_code: string | null;
  wait_on: string | null;
}
