/**
 * The SDK: all that a plug-in imports. What stands here keeps its shape within a major version; what does not is ours to
 * change. Plug-ins run in the gateway's process with full trust.
 */
export type {
  AuthenticatedMessage,
  BatchItem,
  Door,
  ElementView,
  Handler,
  Message,
  MessageAuthenticator,
  NonceClaim,
  Principal,
  Remote,
  SourceSystem,
  SourceSystemOptions,
  SourceSystemState,
  Translation,
  Verdict,
} from './pipeline/ports.ts';
export type { OutboundAuthenticator, OutboundRequest } from './pipeline/outbound.ts';
export type { Endpoint, EndpointSecrets, EndpointTls, EndpointType } from './domain/endpoint.ts';
export type {
  Contributions,
  HandlerFunctions,
  HandlerPlugin,
  OpenPlugin,
  Plugin,
  PluginContext,
  ReadItem,
  Schema,
  Stage,
  TranslatedRecord,
  TranslatorFunction,
  TranslatorPlugin,
} from './pipeline/plugins/index.ts';
export { defineHandler, definePlugin, defineTranslator, pluginApiVersion, wish } from './pipeline/plugins/index.ts';
export type {
  Cascade,
  Command,
  DeleteCommand,
  ReadCommand,
  RefusedWhile,
  ReplaceCommand,
  UpdateCommand,
  Verb,
  Wishes,
  WriteCommand,
} from './domain/command.ts';
export { commandKey, isWrite } from './domain/command.ts';
export type {
  AssociationFields,
  EnrollmentFields,
  EntityFields,
  EntityKind,
  InstitutionRole,
  OrgUnitBase,
  OrgUnitFields,
  OrgUnitWireKind,
  ParentReference,
  ParentRole,
  Relation,
  RelationKind,
  RoleEntry,
  Stated,
  UserFields,
  WireKind,
} from './domain/entities.ts';
export type { HandledEntity, HandledVerb, HandlePoint, ListEntry } from './domain/extension-points.ts';
export { literalOrgUnitTypes } from './domain/entities.ts';
export type { DeclaredRecord, Outcome, OutcomeStatus } from './domain/outcome.ts';
export { isSuccess } from './domain/outcome.ts';
export type { Problem, ProblemCode } from './domain/problem.ts';
export { GatewayError, problemCatalogue } from './domain/problem.ts';
export { fold } from './domain/source-system.ts';
