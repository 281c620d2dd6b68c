import { isSuccess, type Outcome } from '../../domain/outcome.ts';
import type { ProblemCode } from '../../domain/problem.ts';

/** What a status header says (`imsx_statusInfo`, `statusInfo`). */
export interface ImsStatus {
  readonly codeMajor: 'success' | 'processing' | 'failure' | 'unsupported';
  readonly severity: 'status' | 'warning' | 'error';
  readonly codeMinor: string;
  readonly description: string;
}

/** The words that differ from service to service. */
export interface Wording {
  /** The codeMinor of "operation not supported". */
  readonly unsupportedOperation: string;
}

/** What is told of a Problem, or of a GatewayError that stands for one. */
export interface Told {
  readonly code: ProblemCode;
  readonly message: string;
  readonly at?: string | undefined;
}

/** The status of a processed record; undefined when its problem can only be said as a SOAP fault. */
export function statusOfOutcome(outcome: Outcome, wording: Wording): ImsStatus | undefined {
  const [first] = outcome.problems;
  if (!isSuccess(outcome)) return first === undefined ? undefined : statusOfProblem(first, wording, outcome.problems);
  if (first === undefined)
    return { codeMajor: 'success', severity: 'status', codeMinor: 'fullsuccess', description: '' };
  return {
    codeMajor: 'success',
    severity: 'warning',
    codeMinor: minorBeside(outcome.problems),
    description: described(outcome.problems),
  };
}

/** Of several warnings the one that has a word of its own: who waits for a person and for a role map is told `unknownvocab`. */
function minorBeside(problems: readonly Told[]): string {
  const minors = problems.map(({ code }) => table[code]?.beside ?? stored);
  return minors.find((minor) => minor !== stored) ?? stored;
}

/**
 * The one status of a message of several records: a failure if all were refused, a warning with what is to be said of the
 * first twenty if some were, or wait. Without records there is nothing that could go wrong.
 */
export function statusOfOutcomes(outcomes: readonly Outcome[], wording: Wording): ImsStatus | undefined {
  const [first, ...more] = outcomes;
  if (first === undefined)
    return { codeMajor: 'success', severity: 'status', codeMinor: 'fullsuccess', description: '' };
  if (more.length === 0) return statusOfOutcome(first, wording);
  const refused = outcomes.filter((outcome) => !isSuccess(outcome));
  const troubled = [...refused, ...outcomes.filter((each) => isSuccess(each) && each.problems.length > 0)];
  const statuses = troubled.map((outcome) => statusOfOutcome(outcome, wording));
  if (statuses.includes(undefined)) return undefined;
  const told = troubled
    .slice(0, 20)
    .map(({ kind, sourcedId, problems }) => `${`${kind} ${sourcedId}`.trim()}: ${described(problems)}`);
  const rest = troubled.length > told.length ? [`And ${troubled.length - told.length} more.`] : [];
  const counts = refused.length === 0 ? [] : [`${refused.length} of ${outcomes.length} records were refused.`];
  const description = [...counts, ...told, ...rest].join(' ');
  const worst = refused[0] && statusOfOutcome(refused[0], wording);
  if (worst !== undefined && refused.length === outcomes.length) return { ...worst, description };
  if (troubled.length > 0)
    return { codeMajor: 'success', severity: 'warning', codeMinor: 'partialdatastorage', description };
  return { codeMajor: 'success', severity: 'status', codeMinor: 'fullsuccess', description };
}

/** The status of a refused record; undefined when the problem can only be said as a SOAP fault. */
export function statusOfProblem(
  problem: Told,
  wording: Wording,
  all: readonly Told[] = [problem],
): ImsStatus | undefined {
  const saying = table[problem.code];
  if (saying === null) return undefined;
  const [codeMajor, severity, minor] = saying.refused;
  const codeMinor = minor === 'unsupported' ? wording.unsupportedOperation : minor;
  return { codeMajor, severity, codeMinor, description: described(all) };
}

interface Saying {
  /** The record was refused: major, severity, minor (`unsupported` = in the service's own spelling). */
  readonly refused: readonly [ImsStatus['codeMajor'], ImsStatus['severity'], string];
  /** The record was taken with this problem, as a warning: the minor beside success / warning. */
  readonly beside: string;
}

/** The minor of what was taken and has no word of its own. */
const stored = 'partialdatastorage';

/** A refusal is an `error`, not a `status` as D2L has it: some clients look at nothing but the severity, and must not take it for a success. */
function failure(minor: string, beside = stored): Saying {
  return { refused: ['failure', 'error', minor], beside };
}

const unsupported: Saying = { refused: ['unsupported', 'status', 'unsupported'], beside: stored };
const fault = null;

/** Closed: a new problem code does not compile until it can be said here. Values of codeMinor are those of the services' own lists. */
const table: Readonly<Record<ProblemCode, Saying | typeof fault>> = {
  invalid_data: failure('invaliddata'),
  incomplete_data: failure('incompletedata'),
  value_too_long: failure('invaliddata'),
  unmapped_role: failure('unknownvocab', 'unknownvocab'),
  unmapped_type: failure('unknownvocab', 'unknownvocab'),
  unknown_object: failure('unknownobject', 'unknownobject'),
  id_in_use: failure('idallocinusefail'),
  unknown_query: failure('unknownquery'),
  save_point_invalid: failure('savepointerror'),
  save_point_expired: failure('savepointerror', 'savepointerror'),
  too_many_results: failure('overflowfail'),
  relation_not_taken: failure('unsupported'),
  unauthorized_request: failure('unauthorizedrequest'),
  password_not_accepted: failure('invaliddata'),
  value_truncated: failure('invaliddata'),
  illegal_characters: failure('invaliddata'),
  malformed_csv: failure('invaliddata'),
  wrong_column_count: failure('invaliddata'),
  empty_row: failure('invaliddata'),
  no_line_end: failure('invaliddata'),
  has_dependants: failure('deletefailure'),
  unsupported_operation: unsupported,
  unknown_operation: unsupported,
  // Nothing is wrong with the record; it was judged and not stored.
  validate_only: { refused: ['failure', 'status', 'unauthorizedrequest'], beside: stored },
  waiting_for_user: failure('unknownobject'),
  waiting_for_agent: failure('unknownobject'),
  waiting_for_org_unit: failure('unknownobject'),
  waiting_for_parent: failure('unknownobject'),
  waiting_for_section: failure('unknownobject'),
  wrong_kind: failure('unknownobject'),
  detached: failure('unknownobject'),
  ambiguous: failure('unknownobject'),
  identity_conflict: failure('idallocinusefail'),
  code_in_use: failure('idallocinusefail'),
  type_conflict: failure('invaliddata'),
  parent_cycle: failure('invaliddata'),
  held_for_approval: failure('unauthorizedrequest'),
  // Files, and refused messages: there is no record to speak of.
  unknown_file: fault,
  wrong_header: fault,
  manifest_missing: fault,
  invalid_manifest: fault,
  unsupported_version: fault,
  file_refused: fault,
  stated_twice: fault,
  overtaken: fault,
  empty_snapshot: fault,
  unknown_format: fault,
  run_interrupted: fault,
  malformed_xml: fault,
  forbidden_xml: fault,
  malformed_json: fault,
  malformed_envelope: fault,
  package_refused: fault,
  bad_encoding: fault,
  unsupported_media_type: fault,
  payload_too_large: fault,
  quota_exceeded: fault,
  checksum_mismatch: fault,
  must_understand: fault,
  credentials_missing: fault,
  credentials_invalid: fault,
  credentials_conflict: fault,
  clear_text_refused: fault,
  locked_out: fault,
  source_system_disabled: fault,
  forbidden: fault,
  not_found: fault,
  method_not_allowed: fault,
  invalid_request: fault,
  conflict: fault,
  invalid_plugin_list: fault,
  precondition_required: fault,
  cursor_expired: fault,
  idempotency_mismatch: fault,
  too_many_requests: fault,
  busy: fault,
  // Of calls that the gateway makes.
  no_authenticator: fault,
  endpoint_misconfigured: fault,
  endpoint_address_not_allowed: fault,
  endpoint_unreachable: fault,
  endpoint_tls: fault,
  endpoint_timeout: fault,
  endpoint_redirect: fault,
  endpoint_authentication: fault,
  endpoint_refused: fault,
  endpoint_busy: fault,
  endpoint_answer_unreadable: fault,
  no_endpoint: fault,
  endpoint_secrets_closed: fault,
  mail_not_set_up: fault,
  mail_server_unavailable: fault,
  mail_refused: fault,
  webhook_secret_closed: fault,
  internal_error: fault,
};

/** A set may have thousands. */
const maxDescribed = 20;

/** The problems in one line of text, each with its stable code, and where it is unless the text says so. */
export function described(problems: readonly Told[]): string {
  const one = ({ code, message, at }: Told): string =>
    `${message} [${code}${at === undefined || message.includes(at) ? '' : ` at ${at}`}]`;
  const more = problems.length - maxDescribed;
  return problems.slice(0, maxDescribed).map(one).join(' ') + (more > 0 ? ` And ${more} more.` : '');
}
