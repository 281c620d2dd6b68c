import { GatewayError } from '../../../domain/problem.ts';
import type { Right } from '../../../domain/rights.ts';
import type { ElementView, SourceSystem, Translation } from '../../../pipeline/ports.ts';
import { courseOperations, groupOperations, relationLists } from '../../../formats/ims/index.ts';
import { findOperation } from '../contract/services.ts';
import { exchangeNotices } from './bulk-exchange.ts';
import { entities } from './entities.ts';
import { readPersonCore, readsOf } from './reads.ts';
import type { LisMeaning, StepsOf } from './request.ts';
import { writesOf } from './writes.ts';

export const dialectName = 'lis2';

/** `replacePerson` of a `replacePersonRequest`; what is no operation of LIS is called as it calls itself. */
export function operationOf(body: ElementView): string {
  return findOperation(body.name)?.operation.name ?? body.name;
}

/**
 * What a LIS 2.0 message of a source system wishes. Pure. Throws GatewayError: `unknown_operation`,
 * `unsupported_operation`, and what is wrong with the request (`incomplete_data`, `invalid_data`, `value_too_long`,
 * `save_point_invalid`, `unknown_query`, `too_many_results`, with `at` = XML path).
 */
export function translate(
  body: ElementView,
  { options }: Pick<SourceSystem, 'options'>,
  stepsOf?: StepsOf,
): Translation {
  const known = findOperation(body.name);
  if (known === undefined) {
    throw new GatewayError('unknown_operation', `${body.name} is not an operation of LIS 2.0.`, {
      at: `/${body.name}`,
    });
  }
  const { name } = known.operation;
  const meaning = meanings.get(name);
  const notice = exchangeNotices.get(name);
  if (notice !== undefined) {
    return {
      dialect: dialectName,
      operation: name,
      commands: [],
      exchange: notice({ body, quirks: options.quirks }),
    };
  }
  if (meaning === undefined) {
    if (known.service.code === 'oms') refuseWithheld(name, options.withheldRights);
    throw new GatewayError(
      'unsupported_operation',
      `The operation ${name} of the ${known.service.name} is not supported.`,
      { at: `/${body.name}` },
    );
  }
  return {
    dialect: dialectName,
    operation: name,
    commands: meaning({ body, quirks: options.quirks, ...(stepsOf === undefined ? {} : { stepsOf }) }),
  };
}

/** Who may not see or set grades is told so of every operation of the Outcomes service, supported or not. */
function refuseWithheld(operation: string, withheld: readonly Right[]): void {
  const right = /^(?:read|discover)/.test(operation) ? 'grades.read' : 'grades.write';
  if (!withheld.includes(right)) return;
  throw new GatewayError(
    'unauthorized_request',
    `The source system lacks the right ${right}, which ${operation} needs; nothing was written. Ask the administrator of the gateway for it.`,
  );
}

/** What is answered of the contract tables. */
const meanings: ReadonlyMap<string, LisMeaning> = new Map([
  ...entities.flatMap((entity) => [...writesOf(entity), ...readsOf(entity)]),
  readPersonCore,
  ...relationLists,
  ...courseOperations,
  ...groupOperations,
]);

/** Does the gateway answer it with more than "unsupported"? */
export function isMeant(operation: string): boolean {
  return meanings.has(operation) || exchangeNotices.has(operation);
}
