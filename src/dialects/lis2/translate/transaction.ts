import type { Command, RecordCommand } from '../../../domain/command.ts';
import type { WireKind } from '../../../domain/entities.ts';
import { GatewayError, type Problem } from '../../../domain/problem.ts';
import { syntheticEnrollmentId } from '../../../domain/synthetic-enrollment-id.ts';
import { child, children, missing, valueOf } from '../../../formats/ims/index.ts';
import type { ElementView, SourceSystem } from '../../../pipeline/ports.ts';
import { findOperation } from '../contract/services.ts';
import { entities } from './entities.ts';
import type { StepsOf } from './request.ts';
import { translate } from './translate.ts';

/** Stands for the id of a membership that has none. */
const noId = 'synthetic:';

/**
 * What one transaction of a bulk file wishes, or why it cannot be taken: one for each record in it. The first parameter that
 * is an id names the object of a delete; for the others the record's own id counts, as in messages. Pure.
 *
 * @param at the XML path of the transaction
 */
export function transactionsOf(
  transaction: ElementView,
  at: string,
  source: Pick<SourceSystem, 'options'>,
  stepsOf?: StepsOf,
): (RecordCommand | RefusedTransaction)[] {
  const operation = valueOf(child(transaction, 'operationName'));
  if (operation === undefined) return [{ error: missing('The name of the operation', `${at}/operationName`) }];
  const { id, records } = parametersOf(transaction, at);
  // Of several records none is named by the one id of the transaction.
  const requests: Request[] =
    records.length === 0
      ? [{ operation, id, record: undefined, at, recordAt: at }]
      : records.map((found) => ({ operation, id: records.length === 1 ? id : undefined, ...found }));
  return requests.map((request) => {
    try {
      return commandOf(request, source, stepsOf);
    } catch (error) {
      if (error instanceof GatewayError) return { error: inTransaction(error, request), ...aboutOf(request) };
      throw error;
    }
  });
}

/** A transaction that cannot be taken, and the object that it is about, as far as it is known. */
export interface RefusedTransaction {
  readonly error: GatewayError;
  readonly about?: { readonly kind: WireKind; readonly sourcedId: string };
}

interface Request {
  readonly operation: string;
  readonly id: string | undefined;
  readonly record: ElementView | undefined;
  /** The XML path of what holds the record, or of the transaction. */
  readonly at: string;
  readonly recordAt: string;
}

interface Parameters {
  readonly id: string | undefined;
  readonly records: readonly Pick<Request, 'record' | 'at' | 'recordAt'>[];
}

/** `parameterValue` holds an id as text (Blackboard), an id in `guid` (D2L), or one or several records. */
function parametersOf(transaction: ElementView, at: string): Parameters {
  let id: string | undefined;
  const records: Pick<Request, 'record' | 'at' | 'recordAt'>[] = [];
  const set = child(transaction, 'parameterSet');
  for (const [index, parameter] of children(set, 'parameterRecord').entries()) {
    const value = child(parameter, 'parameterValue');
    if (value === undefined) continue;
    const inside = value.children.filter(({ name }) => name !== 'guid');
    id ??= inside.length > 0 ? undefined : (valueOf(child(value, 'guid')) ?? valueOf(value));
    const where = `${at}/parameterSet/parameterRecord[${index + 1}]/parameterValue`;
    for (const [place, record] of inside.entries()) {
      const number = inside.slice(0, place + 1).filter(({ name }) => name === record.name).length;
      records.push({ record, at: where, recordAt: `${where}/${record.name}[${number}]` });
    }
  }
  return { id, records };
}

/** A transaction is a message without an envelope: its operation, with the id and the record in it. */
function commandOf(request: Request, source: Pick<SourceSystem, 'options'>, stepsOf?: StepsOf): RecordCommand {
  const { operation, record } = request;
  const name = requestName(operation);
  if (findOperation(name) !== undefined && !ofFiles.test(operation)) throw unfit(operation);
  const plain = { namespace: record?.namespace ?? '', attributes: {}, children: [], text: '' };
  const isMembership = record?.name === 'membershipRecord';
  const id = request.id ?? (isMembership && !operation.startsWith('delete') ? noId : undefined);
  const named = id === undefined ? [] : [{ ...plain, name: 'sourcedId', text: id }];
  const body = { ...plain, name, children: record === undefined ? named : [...named, record] };
  const [command, ...others] = translate(body, source, stepsOf).commands;
  if (command === undefined || others.length > 0 || !isRecordCommand(command)) throw unfit(operation);
  return identified(told(command, request));
}

function requestName(operation: string): string {
  return `${operation}Request`;
}

/** Reads and renames have no place in a file, and nobody there to whom a sourcedId could be given. */
function isRecordCommand(command: Command): command is RecordCommand {
  if (command.verb === 'replace') return command.allocate !== true && command.copyOf === undefined;
  return command.verb === 'update' || command.verb === 'delete';
}

/** Operations that state or delete one object under an id of its own. */
const ofFiles = /^(?:create|replace|update|delete)(?!ByProxy)([A-Z].*)$/;

function aboutOf({ operation, id }: Request): Pick<RefusedTransaction, 'about'> {
  const name = ofFiles.exec(operation)?.[1] ?? '';
  const entity = entities.find((each) => each.name === name);
  return entity === undefined || id === undefined ? {} : { about: { kind: entity.target.kind, sourcedId: id } };
}

function unfit(operation: string): GatewayError {
  return new GatewayError(
    'unsupported_operation',
    `${operation} is not taken from a file: a file states and deletes objects under ids of their own. Send it as a message.`,
  );
}

/** A membership that has no id is known by its pair (rule 5). */
function identified(command: RecordCommand): RecordCommand {
  if (command.entity !== 'enrollment' || command.verb !== 'replace' || command.sourcedId !== noId) return command;
  return { ...command, sourcedId: syntheticEnrollmentId(command.fields.userSourcedId, command.fields.orgUnit) };
}

function told(command: RecordCommand, request: Request): RecordCommand {
  const { at, notes } = command;
  return {
    ...command,
    at: at === undefined ? request.at : pathIn(at, request),
    ...(notes === undefined ? {} : { notes: notes.map((note) => noteIn(note, request)) }),
  };
}

function noteIn(note: Problem, request: Request): Problem {
  const { message, at } = note;
  return { ...note, message: pathIn(message, request), ...(at === undefined ? {} : { at: pathIn(at, request) }) };
}

function inTransaction(error: GatewayError, request: Request): GatewayError {
  const at = error.at === undefined ? request.at : pathIn(error.at, request);
  return new GatewayError(error.code, pathIn(error.message, request), { at, cause: error });
}

/** Paths of the file, where the translators know those of a message. */
function pathIn(text: string, { operation, record, at, recordAt }: Request): string {
  const path = `/${requestName(operation)}`;
  const named = record === undefined ? text : text.replaceAll(`${path}/${record.name}/`, `${recordAt}/`);
  return named.endsWith(path) ? named.slice(0, -path.length) + at : named.replaceAll(`${path}/`, `${at}/`);
}
