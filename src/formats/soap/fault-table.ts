import type { ProblemCode } from '../../domain/problem.ts';

/**
 * How a refused message is said as a SOAP fault.
 *
 * - `code`: sender = soap:Client or env:Sender, the message must be changed; receiver = soap:Server or env:Receiver, the
 *   same message may succeed later. WS-Security's own codes (SOAP Message Security 1.1, section 12) stand in SOAP 1.1
 *   for the fault code, in SOAP 1.2 below env:Sender.
 * - `http`: only where HTTP itself refuses (404, 405, 413, 415, 429, 503, see RFC 9110; WS-I Basic Profile 1.1 R1114, R1115)
 *   is the status not the binding's own: SOAP 1.1 says 500 for every fault (section 6.2), SOAP 1.2 400 for env:Sender
 *   and 500 for the rest (part 2, table 20). Bad credentials are 500 or 400 by that rule, and 401 with a challenge
 *   when the sender used HTTP Basic or nothing: the door decides, because a fault alone cannot ask a client for Basic.
 * - `about`: what was wrong. SOAP 1.1 section 4.4 keeps the detail element for the Body, so that the problem of a header
 *   block is told in a header block.
 */
export interface FaultSpec {
  readonly code: 'sender' | 'receiver' | 'must_understand';
  readonly wsse?: 'FailedAuthentication' | 'InvalidSecurity';
  readonly http?: 404 | 405 | 413 | 415 | 429 | 503;
  readonly about: 'header' | 'body';
}

const sender: FaultSpec = { code: 'sender', about: 'body' };
const receiver: FaultSpec = { code: 'receiver', about: 'body' };
const failedAuthentication: FaultSpec = { code: 'sender', wsse: 'FailedAuthentication', about: 'header' };

/** Closed: a new problem code does not compile until it can be said as a fault. */
export const faultTable: Readonly<Record<ProblemCode, FaultSpec>> = {
  // What is said of a record in a reply where the dialect has a word for it; a fault where it has none.
  invalid_data: sender,
  incomplete_data: sender,
  value_too_long: sender,
  unmapped_role: sender,
  unmapped_type: sender,
  unknown_object: sender,
  id_in_use: sender,
  unknown_query: sender,
  save_point_invalid: sender,
  save_point_expired: sender,
  too_many_results: sender,
  relation_not_taken: sender,
  unauthorized_request: sender,
  unsupported_operation: sender,
  password_not_accepted: sender,
  value_truncated: sender,
  illegal_characters: sender,
  malformed_csv: sender,
  wrong_column_count: sender,
  empty_row: sender,
  no_line_end: sender,
  has_dependants: sender,
  validate_only: receiver,
  waiting_for_user: receiver,
  waiting_for_agent: receiver,
  waiting_for_org_unit: receiver,
  waiting_for_parent: receiver,
  waiting_for_section: receiver,
  wrong_kind: receiver,
  detached: receiver,
  ambiguous: receiver,
  identity_conflict: receiver,
  code_in_use: receiver,
  type_conflict: receiver,
  parent_cycle: receiver,
  held_for_approval: receiver,
  // Files of a package that cannot be taken.
  unknown_file: sender,
  wrong_header: sender,
  manifest_missing: sender,
  invalid_manifest: sender,
  unsupported_version: sender,
  file_refused: sender,
  stated_twice: sender,
  overtaken: sender,
  empty_snapshot: sender,
  unknown_format: sender,
  run_interrupted: receiver,
  // Refused messages.
  malformed_xml: sender,
  forbidden_xml: sender,
  malformed_json: sender,
  malformed_envelope: sender,
  package_refused: sender,
  bad_encoding: sender,
  unsupported_media_type: { ...sender, http: 415 },
  payload_too_large: { ...sender, http: 413 },
  quota_exceeded: sender,
  checksum_mismatch: sender,
  must_understand: { code: 'must_understand', about: 'header' },
  unknown_operation: sender,
  credentials_missing: failedAuthentication,
  credentials_invalid: failedAuthentication,
  credentials_conflict: { code: 'sender', wsse: 'InvalidSecurity', about: 'header' },
  clear_text_refused: { code: 'sender', wsse: 'InvalidSecurity', about: 'header' },
  locked_out: { ...failedAuthentication, http: 429 },
  // An administrator may enable it again while the sender retries: nothing is wrong with the message.
  source_system_disabled: receiver,
  forbidden: failedAuthentication,
  not_found: { ...sender, http: 404 },
  method_not_allowed: { ...sender, http: 405 },
  invalid_request: sender,
  conflict: sender,
  invalid_plugin_list: receiver,
  precondition_required: sender,
  cursor_expired: sender,
  idempotency_mismatch: sender,
  too_many_requests: { ...receiver, http: 429 },
  busy: { ...receiver, http: 503 },
  // Said of calls that the gateway makes; no message that arrives is refused with them.
  no_authenticator: receiver,
  endpoint_misconfigured: receiver,
  endpoint_address_not_allowed: receiver,
  endpoint_unreachable: receiver,
  endpoint_tls: receiver,
  endpoint_timeout: receiver,
  endpoint_redirect: receiver,
  endpoint_authentication: receiver,
  endpoint_refused: receiver,
  endpoint_busy: receiver,
  endpoint_answer_unreadable: receiver,
  no_endpoint: receiver,
  endpoint_secrets_closed: receiver,
  mail_not_set_up: receiver,
  mail_server_unavailable: receiver,
  mail_refused: receiver,
  webhook_secret_closed: receiver,
  internal_error: receiver,
};
