import type { GatewayError, ProblemCode } from '../domain/problem.ts';

/**
 * The HTTP status of each problem (RFC 9110). Closed: a new code fails to compile until it has one. The codes of what is
 * declared and waits are never refusals; 202 says "accepted, not done yet".
 */
export const statusOf: Record<ProblemCode, number> = {
  invalid_data: 422,
  incomplete_data: 422,
  value_too_long: 422,
  unmapped_role: 422,
  unmapped_type: 422,
  unknown_object: 404,
  id_in_use: 409,
  unknown_query: 422,
  save_point_invalid: 422,
  too_many_results: 422,
  unauthorized_request: 403,
  unsupported_operation: 501,
  password_not_accepted: 422,
  has_dependants: 409,
  validate_only: 202,
  waiting_for_user: 202,
  waiting_for_org_unit: 202,
  waiting_for_parent: 202,
  waiting_for_section: 202,
  detached: 202,
  ambiguous: 202,
  identity_conflict: 409,
  code_in_use: 409,
  type_conflict: 409,
  parent_cycle: 409,
  held_for_approval: 202,
  malformed_xml: 400,
  forbidden_xml: 400,
  malformed_json: 400,
  malformed_envelope: 400,
  bad_encoding: 400,
  unsupported_media_type: 415,
  payload_too_large: 413,
  must_understand: 400,
  unknown_operation: 404,
  credentials_missing: 401,
  credentials_invalid: 401,
  credentials_conflict: 401,
  clear_text_refused: 403,
  locked_out: 429,
  source_system_disabled: 403,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  invalid_request: 400,
  conflict: 409,
  invalid_plugin_list: 422,
  precondition_required: 428,
  cursor_expired: 410,
  idempotency_mismatch: 422,
  too_many_requests: 429,
  busy: 503,
  internal_error: 500,
};

/** RFC 9110, 13.1.1: an If-Match that does not match is 412, although the reason is a conflict like any. */
export function statusOfError(error: Pick<GatewayError, 'code' | 'field'>): number {
  return error.code === 'conflict' && error.field === 'If-Match' ? 412 : statusOf[error.code];
}
