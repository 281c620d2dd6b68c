/**
 * The closed catalogue of problem codes. Codes are stable for ever; each has a page section in docs/problems.md, which
 * is generated from here. A dialect must be able to say every one of them, so a new code fails to compile until it can.
 *
 * - `title`: what happened, in a few words.
 * - `advice`: what the reader can do about it.
 */
export const problemCatalogue = {
  // A record that cannot be taken as it is: rejected, the rest goes on.
  invalid_data: { title: 'A value is malformed', advice: 'Correct the value named in `at` and send the record again.' },
  incomplete_data: {
    title: 'Required data is missing',
    advice: 'Add the element named in `at` and send the record again.',
  },
  value_too_long: {
    title: 'A value is longer than its limit',
    advice: 'Shorten the value; the message names its limit.',
  },
  unmapped_role: {
    title: 'A role is not mapped to an LMS role',
    advice:
      'Map the role for this source system (PUT /api/v1/source-systems/{code}/role-map/{sisRole}); what waits for it projects by itself.',
  },
  unmapped_type: {
    title: 'An org unit type is not mapped to an LMS type',
    advice:
      'Map the type for this source system (PUT /api/v1/source-systems/{code}/org-unit-type-map/{sisType}); what waits for it projects by itself.',
  },
  unknown_object: {
    title: 'Nothing is known under this sourcedId',
    advice:
      'Check the sourcedId and the service; what is to be updated is sent whole first. A delete of what is unknown needs no action.',
  },
  id_in_use: {
    title: 'The sourcedId is in use',
    advice: 'Send a replace to overwrite what is there, or create it under another sourcedId.',
  },
  unknown_query: {
    title: 'The query is not understood',
    advice:
      'Write the query as the guide for SIS vendors shows: an e-mail address, or a JSON object of field names and texts.',
  },
  save_point_invalid: {
    title: 'The save point is not one',
    advice: 'Send the savePoint of the last answer, or an instant as YYYY-MM-DDTHH:MM:SS.NNN.',
  },
  save_point_expired: {
    title: 'What changed since the save point is not known any more',
    advice:
      'As a warning (older than the changes that are kept): everything was answered, go on from its savePoint. As a refusal (the gateway was restored to a state before it): read all again, compare, and go on from the savePoint of that.',
  },
  too_many_results: {
    title: 'The answer would be larger than the limit',
    advice: 'Ask for less at a time: by save points, by person, by collection; the limit is in the message.',
  },
  relation_not_taken: {
    title: 'No plug-in takes relations of this kind',
    advice:
      'Put `update-auditors` (or `update-parents`) into the list of handle.user.replace of this source system, and send the person again.',
  },
  unauthorized_request: {
    title: 'The source system may not do this',
    advice: 'Ask the administrator of the organization for the right named in the message.',
  },
  unsupported_operation: {
    title: 'The operation is not supported',
    advice: 'Use an operation listed in the WSDL or the OpenAPI file of the service.',
  },
  password_not_accepted: {
    title: 'A password of a person was sent',
    advice: 'Leave passwords out: the gateway never keeps them, and people sign in to the LMS elsewhere.',
  },
  value_truncated: {
    title: 'A value was cut to its limit',
    advice: 'Shorten it in the SIS: two that are alike up to the limit are the same one. The message names the limit.',
  },
  illegal_characters: {
    title: 'A value has characters that the format does not allow there',
    advice: 'Take them out in the SIS, or in the extract; the message names them.',
  },
  malformed_csv: {
    title: 'A line is not CSV as the format has it',
    advice: 'Correct the quotes of the line; a value with commas or line breaks stands in quotes as a whole.',
  },
  wrong_column_count: {
    title: 'A line has more or fewer columns than the header',
    advice: 'Write a comma for each empty value, and quotes around a value that has commas.',
  },
  empty_row: { title: 'A line is empty', advice: 'Take empty lines out of the extract. Nothing was lost.' },
  no_line_end: {
    title: 'The last line of a file has no line end, as all others have',
    advice:
      'Look whether the file is whole: it may have been cut off in the middle of its last value, or with rows behind it. If it is, write a line end behind its last row, too.',
  },
  has_dependants: {
    title: 'Others depend on it',
    advice: 'Delete or move what the message names first, or take the handler that refuses this out of the list.',
  },
  validate_only: {
    title: 'The source system is in validate mode: nothing was written',
    advice: 'Set the state of the source system to `enabled` to have messages applied.',
  },
  // Declared and durable, not projected yet.
  waiting_for_user: {
    title: 'The person has not arrived',
    advice: 'Send the person; the enrollment then projects by itself.',
  },
  waiting_for_agent: {
    title: 'The other person of a relation has not arrived',
    advice: 'Send the auditor, parent or guardian that the message names; the relation then projects by itself.',
  },
  waiting_for_org_unit: {
    title: 'The org unit has not arrived',
    advice: 'Send the org unit; what waits for it then projects by itself.',
  },
  waiting_for_parent: {
    title: 'The parent has not arrived',
    advice:
      'Send the parent; the org unit then projects by itself. One that can do without it (a department, a template, a semester) is in the LMS meanwhile, under the root where it has no other parent, and moves by itself.',
  },
  waiting_for_section: {
    title: 'A section of the association has not arrived',
    advice: 'Send the sections that are named; each joins the association by itself. Those that are there are in it.',
  },
  wrong_kind: {
    title: 'What is named as a parent is there, and is another kind of org unit',
    advice:
      'Correct the column, or element, that names it: the code of a semester may stand where that of a course offering belongs. A section waits for an offering and an offering for a template; what can do without the parent is placed without it.',
  },
  detached: {
    title: 'What this depends on was deleted',
    advice: 'Send the parent, person or org unit again to revive it, or delete this one too.',
  },
  ambiguous: {
    title: 'The sourcedId names several kinds of object',
    advice: 'State the kind (LIS membershipIdType) so that one object is meant.',
  },
  identity_conflict: {
    title: 'The person matches an LMS user that belongs to another person',
    advice:
      'Correct the org-defined id or user name in the SIS, or free it on the other person. Two persons who swap user names wait for each other: send a temporary user name for one of them first, then its new one.',
  },
  code_in_use: {
    title: 'The code belongs to another org unit of this type',
    advice:
      'Change one of the two codes, or switch adoption of existing org units on for the source system. Two org units that swap codes wait for each other: send a temporary code for one of them first, then its new one.',
  },
  type_conflict: {
    title: 'The org unit exists under another type',
    advice: 'Correct the type in the SIS or in the type map; an LMS org unit keeps its type for ever.',
  },
  parent_cycle: { title: 'The org unit is its own ancestor', advice: 'Correct the parents in the SIS.' },
  held_for_approval: {
    title: 'The change awaits an approval',
    advice:
      'An administrator approves or discards it (POST /api/v1/runs/{id}/holds/{number}/approve); the message names the run and the hold. The sender sends nothing again: until then the record is as it was, and a later message about it takes its place.',
  },
  // Files of a package that cannot be taken: nothing of the file is read, or nothing of the package.
  unknown_file: {
    title: 'The file is none that the format has',
    advice: 'Take it out of the package, or correct its name and its header.',
  },
  wrong_header: {
    title: 'The header of the file is not that of the format',
    advice: 'Correct the columns that the message names; their order does not matter, letter case does.',
  },
  manifest_missing: {
    title: 'The package has no manifest',
    advice: 'Add the file manifest.json with the version of the format, as {"version":"3.0"}.',
  },
  invalid_manifest: {
    title: 'The manifest of the package cannot be read',
    advice: 'Write it as a JSON object with the version of the format, as {"version":"3.0"}.',
  },
  unsupported_version: {
    title: 'The version of the format is not known here',
    advice: 'Send a version that the message lists, or ask for a release of the gateway that knows this one.',
  },
  file_refused: {
    title: 'The file is refused as a whole because of what is wrong in it',
    advice: 'Correct the lines that were reported, and send the whole file again.',
  },
  // What a run comes across.
  stated_twice: {
    title: 'The same thing stands in the files of a run more than once',
    advice: 'Extract it once. All of it is applied in the order in which it stands, so the last one holds.',
  },
  overtaken: {
    title: 'Somebody else said something newer of it',
    advice: 'Nothing was lost: what was said later stays. If the file is right, make it again and send it.',
  },
  empty_snapshot: {
    title: 'A snapshot names nothing of a kind: nothing of it was removed',
    advice: 'Look whether the extract is whole. To remove all of a kind, delete it by rows that say so.',
  },
  unknown_format: {
    title: 'No dialect recognises the files',
    advice: 'Compare names, first lines and encoding of the files with the guide for SIS vendors.',
  },
  run_interrupted: {
    title: 'A run was begun several times and never came to an end',
    advice: 'Look at the log of the gateway for the time of the run; then request it again.',
  },
  // Refused messages.
  malformed_xml: {
    title: 'The message is not well-formed XML',
    advice: 'Correct the XML at the line and column given.',
  },
  forbidden_xml: {
    title: 'The XML uses what this gateway refuses (DTD, entities, depth, size)',
    advice: 'Send plain elements without a DOCTYPE, within the limits documented in the guide for SIS vendors.',
  },
  malformed_json: { title: 'The message is not valid JSON', advice: 'Correct the JSON at the position given.' },
  malformed_envelope: {
    title: 'The message is not a SOAP envelope',
    advice: 'Send a SOAP 1.1 or 1.2 Envelope with one Body element.',
  },
  package_refused: {
    title: 'The zip, or the file, cannot be taken',
    advice: 'Make it again as the message says: a flat zip of plain files, without a password, whole.',
  },
  bad_encoding: {
    title: 'The bytes are not in the declared character encoding',
    advice: 'Send UTF-8, or UTF-16 with a byte order mark.',
  },
  unsupported_media_type: {
    title: 'The content type is not accepted here',
    advice: 'Use the content type documented for this door.',
  },
  payload_too_large: {
    title: 'The message is larger than the limit',
    advice: 'Split the message; the limit is in the answer.',
  },
  quota_exceeded: {
    title: 'The source system keeps as many bytes here as it may',
    advice:
      'Delete uploads that are not needed, wait until old ones are removed, or ask the operator for more room (PASSERELLE_UPLOAD_QUOTA_BYTES).',
  },
  checksum_mismatch: {
    title: 'The bytes that came are not those that were sent',
    advice:
      'Send the file again; if it happens again, look at what lies between: proxies, text mode of a file transfer.',
  },
  must_understand: {
    title: 'A mandatory SOAP header is not understood',
    advice: 'Remove the header, or ask for an authenticator that processes it.',
  },
  unknown_operation: {
    title: 'The operation is unknown',
    advice: 'Use an operation listed in the WSDL or the OpenAPI file of the service.',
  },
  credentials_missing: {
    title: 'No credentials were recognised',
    advice: 'Send credentials of a kind that the message names, as configured for the source system.',
  },
  credentials_invalid: {
    title: 'The credentials were not accepted',
    advice: 'Check the user name and the secret, key or certificate, the clock and the nonce of the sender.',
  },
  credentials_conflict: {
    title: 'The message carries credentials of different principals',
    advice: 'Send the credentials of one principal only.',
  },
  clear_text_refused: {
    title: 'Clear-text credentials need TLS',
    advice: 'Use https, or ask the operator to permit clear-text credentials on this network.',
  },
  locked_out: {
    title: 'Too many failed attempts from this address',
    advice: 'Wait as long as Retry-After says, then send the right credentials.',
  },
  source_system_disabled: {
    title: 'The source system is disabled',
    advice: 'Ask the administrator of the gateway to enable it, then send the message again.',
  },
  forbidden: {
    title: 'The token does not have the scope that is needed',
    advice: 'Use a token with the scope named in the message.',
  },
  not_found: { title: 'There is nothing under this address', advice: 'Check the path and the identifiers in it.' },
  method_not_allowed: { title: 'The method is not allowed here', advice: 'Use a method listed in the Allow header.' },
  invalid_request: { title: 'The request is malformed', advice: 'Correct the field named in the answer.' },
  conflict: {
    title: 'The request conflicts with what is there',
    advice: 'Read the object again and repeat the change on its newest version.',
  },
  invalid_plugin_list: {
    title: 'The list of plug-ins is wrong',
    advice: 'Correct what `reasons` says and put the list again; GET the extension point shows what may stand in it.',
  },
  precondition_required: {
    title: 'The version of the object is needed',
    advice: 'Send If-Match with the ETag that you read.',
  },
  cursor_expired: {
    title: 'The cursor is older than the changes that are kept',
    advice: 'Read a snapshot of the collections, then go on from its cursor.',
  },
  idempotency_mismatch: {
    title: 'The Idempotency-Key was used for another request',
    advice: 'Use a new key for a new request.',
  },
  too_many_requests: { title: 'Too many requests', advice: 'Wait as long as Retry-After says.' },
  busy: {
    title: 'The gateway is busy',
    advice: 'Send the same message again after the time in Retry-After. Nothing was lost and nothing was written.',
  },
  // Calls that the gateway makes to an endpoint of a SIS.
  no_authenticator: {
    title: 'There is no outbound authenticator of this name',
    advice: 'Set the authentication of the endpoint to one that the message names, or load the plug-in that brings it.',
  },
  endpoint_misconfigured: {
    title: 'The endpoint cannot be called as it is set up',
    advice: 'Correct what the message names: the address, the secrets or the authentication of the endpoint.',
  },
  endpoint_address_not_allowed: {
    title: 'The gateway may not call this address',
    advice: 'Correct the address, or ask the operator to permit it with PASSERELLE_OUTBOUND_ALLOW.',
  },
  endpoint_unreachable: {
    title: 'The endpoint cannot be reached',
    advice: 'Check host name and port, the firewalls on the way, and that the service of the SIS runs.',
  },
  endpoint_tls: {
    title: 'No secure connection with the endpoint can be made',
    advice:
      'Have the certificate of the SIS renewed or corrected, or set `tls` of the endpoint: its authorities, its server name.',
  },
  endpoint_timeout: {
    title: 'The endpoint did not answer in time',
    advice: 'Try again later; raise the time-outs of the endpoint if the SIS is known to be slow.',
  },
  endpoint_redirect: {
    title: 'The endpoint points elsewhere',
    advice:
      'Calls never follow a redirect: if the address in the message is the right one, set it as that of the endpoint.',
  },
  endpoint_authentication: {
    title: 'The endpoint does not accept the credentials of the gateway',
    advice:
      'Check user name, password, key and certificate of the endpoint, and that the SIS expects this authentication.',
  },
  endpoint_refused: {
    title: 'The endpoint refused the message',
    advice: 'Read the reason of the SIS in the message; sending the same again gives the same answer.',
  },
  endpoint_busy: {
    title: 'The endpoint is busy',
    advice:
      'Try again later: the SIS was asked as often as the endpoint allows, and said each time that it cannot now.',
  },
  endpoint_answer_unreadable: {
    title: 'The answer of the endpoint cannot be read',
    advice: 'Check that the address is that of the service; show the vendor of the SIS the answer in the journal.',
  },
  // Of a call that was not made.
  no_endpoint: {
    title: 'The source system has no endpoint of this type',
    advice: 'Set it: PUT /api/v1/source-systems/{sourceSystem}/endpoints/{type}.',
  },
  endpoint_secrets_closed: {
    title: 'The secrets of the endpoint cannot be opened',
    advice: 'Put the sealing key back that they were sealed with, or give the secrets of the endpoint again.',
  },
  // Of a notice that was not delivered.
  mail_not_set_up: {
    title: 'No mail server is set up',
    advice: 'The operator sets PASSERELLE_SMTP_URL and PASSERELLE_MAIL_FROM; see the operator guide.',
  },
  mail_server_unavailable: {
    title: 'The mail server cannot be used',
    advice:
      'It is tried again. The operator finds the details in the log: the address, TLS, the user name and password, or the mail server itself.',
  },
  mail_refused: {
    title: 'The mail server refuses the mail',
    advice: 'Correct the address of the subscription; what the mail server says is in the message.',
  },
  webhook_secret_closed: {
    title: 'The secret of the webhook cannot be opened',
    advice:
      'Put the sealing key back that it was sealed with, or make another one (POST /api/v1/notification-subscriptions/{name}/secret) and give it to the receiver.',
  },
  internal_error: {
    title: 'The gateway made a mistake',
    advice: 'Give the message id to the operator; the log has the details.',
  },
} as const;

export type ProblemCode = keyof typeof problemCatalogue;

/** One thing that is wrong with one record, as a value. */
export interface Problem {
  code: ProblemCode;
  /** What, where, why and what to do, for people. Never holds a secret. */
  message: string;
  /** Where: an XML path, a JSON pointer, or a file, line and column. */
  at?: string;
  /** The field in the field's standard words. */
  field?: string;
}

/** A refused message: thrown anywhere before the pipeline has outcomes, answered by the door in its own dialect. */
export class GatewayError extends Error {
  readonly code: ProblemCode;
  /** For the log only. */
  readonly detail: string | undefined;
  readonly at: string | undefined;
  readonly field: string | undefined;
  /** Seconds after which sending again makes sense. */
  readonly retryAfterS: number | undefined;
  /** The message is in the journal with this refusal. */
  journaled = false;

  constructor(
    code: ProblemCode,
    message: string,
    options: { detail?: string; at?: string; field?: string; retryAfterS?: number; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'GatewayError';
    this.code = code;
    this.detail = options.detail;
    this.at = options.at;
    this.field = options.field;
    this.retryAfterS = options.retryAfterS;
  }
}

/** What a refused message was refused for, as a value. */
export function toProblem({ code, message, at, field }: GatewayError): Problem {
  return { code, message, ...(at === undefined ? {} : { at }), ...(field === undefined ? {} : { field }) };
}

/** Said alike of an unknown user, a wrong password and a replayed nonce (rule 6 of the chain). */
export const credentialsInvalidText =
  'The credentials were not accepted. Check the user name, the password, and the clock and nonce of the sender.';
