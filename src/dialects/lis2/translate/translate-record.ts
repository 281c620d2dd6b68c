import type { Command } from '../../../domain/command.ts';
import { GatewayError } from '../../../domain/problem.ts';
import { syntheticEnrollmentId } from '../../../domain/synthetic-enrollment-id.ts';
import { charsetOf, parseXml } from '../../../formats/xml/index.ts';
import type { ElementView, SourceSystem, Translation } from '../../../pipeline/ports.ts';
import type { StepsOf } from './request.ts';
import { translate } from './translate.ts';

export const recordDialect = 'lis2-record';

/** The records that may come alone, and the operation that each of them stands for. */
const operations: ReadonlyMap<string, string> = new Map([
  ['personRecord', 'replacePerson'],
  ['groupRecord', 'replaceGroup'],
  ['courseTemplateRecord', 'replaceCourseTemplate'],
  ['courseOfferingRecord', 'replaceCourseOffering'],
  ['courseSectionRecord', 'replaceCourseSection'],
  ['sectionAssociationRecord', 'replaceSectionAssociation'],
  ['membershipRecord', 'replaceMembership'],
]);

/** `personRecord`, ... */
export const lisRecordNames: ReadonlySet<string> = new Set(operations.keys());

/** Stands for the id of a membership that has none. */
const noId = 'synthetic:';

/**
 * What a LIS 2.0 record without an operation and without an envelope wishes of a source system: to be replaced. Nothing in it is taken for an
 * operation (LADOK's OriginEvent says why something was sent, and is kept as an attribute). A membership without a
 * sourcedGUID is known by its person and its collection (rule 5). Pure.
 *
 * Throws GatewayError: `invalid_request` (no such record), what parseXml throws, and what is wrong with the record, with
 * `at` = its XML path.
 */
export function translateRecord(
  body: Buffer,
  contentType: string | undefined,
  source: Pick<SourceSystem, 'options'>,
  stepsOf?: StepsOf,
): Translation {
  const root = parseXml(body, undefined, charsetOf(contentType));
  const operation = operations.get(root.name);
  if (operation === undefined) throw notARecord(root);
  const request = `${operation}Request`;
  try {
    const { commands } = translate(requestAround(root, request), source, stepsOf);
    return { dialect: recordDialect, operation: root.name, commands: commands.map((one) => asRecord(one, request)) };
  } catch (error) {
    if (error instanceof GatewayError) throw errorAsRecord(error, root.name, request);
    throw error;
  }
}

/** The translators read requests: an element of the operation, with the record in it. */
function requestAround(record: ElementView, name: string): ElementView {
  const { namespace } = record;
  const plain = { namespace, attributes: {}, children: [], text: '' };
  const id = { ...plain, name: 'sourcedId', text: noId };
  return { ...plain, name, children: record.name === 'membershipRecord' ? [id, record] : [record] };
}

function asRecord(command: Command, request: string): Command {
  const { at, notes } = command;
  const told = {
    ...command,
    ...(at === undefined ? {} : { at: pathIn(at, request) }),
    ...(notes === undefined
      ? {}
      : {
          notes: notes.map((note) => ({
            ...note,
            message: pathIn(note.message, request),
            ...(note.at === undefined ? {} : { at: pathIn(note.at, request) }),
          })),
        }),
  };
  if (told.entity !== 'enrollment' || told.verb !== 'replace' || told.sourcedId !== noId) return told;
  return { ...told, sourcedId: syntheticEnrollmentId(told.fields.userSourcedId, told.fields.orgUnit) };
}

function errorAsRecord(error: GatewayError, record: string, request: string): GatewayError {
  const inRecord = (text: string): string =>
    pathIn(text.replaceAll(`/${request}/sourcedId`, `/${record}/sourcedGUID/sourcedId`), request);
  return new GatewayError(error.code, inRecord(error.message), {
    ...(error.at === undefined ? {} : { at: inRecord(error.at) }),
    cause: error,
  });
}

/** Paths without the request that was put around the record. */
function pathIn(text: string, request: string): string {
  return text.replaceAll(`/${request}/`, '/');
}

function notARecord({ name }: ElementView): GatewayError {
  const what =
    name === 'Envelope'
      ? 'This is a SOAP message: send it to one of the SOAP services (/lis/pms and others)'
      : `${JSON.stringify(name.slice(0, 100))} is not a record of LIS 2.0`;
  return new GatewayError('invalid_request', `${what}. Records are ${[...operations.keys()].join(', ')}.`);
}
