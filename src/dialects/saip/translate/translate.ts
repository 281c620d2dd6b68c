import type { Outcome } from '../../../domain/outcome.ts';
import { GatewayError } from '../../../domain/problem.ts';
import { courseOperations, groupOperations, type Meaning, relationLists } from '../../../formats/ims/index.ts';
import type { StepsOf } from '../../../pipeline/plugins/index.ts';
import type { ElementView, SourceSystem, Translation } from '../../../pipeline/ports.ts';
import { findOperation } from '../contract/services.ts';
import type { SaipRequest } from './objects-of.ts';
import { entities, person } from './entities.ts';
import { readOne, readsOf } from './reads.ts';
import { translateSnapshot } from './snapshot.ts';
import { inOneSpelling } from './spelling.ts';
import { writesOf } from './writes.ts';

export const dialectName = 'saip';

export const snapshotRoot = 'enterprise';

export interface SaipTranslation extends Translation {
  /** What became of the records of a snapshot that could not be read, by their position. */
  readonly unreadable?: ReadonlyMap<number, Outcome>;
}

/**
 * What a message of PeopleSoft SAIP wishes of a source system: an operation, or a snapshot. Pure. Throws GatewayError: `unknown_operation`,
 * and what is wrong with the request (`incomplete_data`, `invalid_data`, `value_too_long`, `save_point_invalid`, `unknown_query`,
 * `too_many_results`).
 */
export function translate(
  sent: ElementView,
  { options }: Pick<SourceSystem, 'options'>,
  stepsOf?: StepsOf,
): SaipTranslation {
  const body = inOneSpelling(sent);
  const { quirks } = options;
  if (body.name === snapshotRoot)
    return { dialect: dialectName, operation: snapshotRoot, ...translateSnapshot(body, quirks, stepsOf) };
  const known = findOperation(body.name);
  const at = `/${body.name}`;
  if (known === undefined)
    throw new GatewayError('unknown_operation', `${body.name} is not an operation of PeopleSoft SAIP.`, { at });
  const { name } = known.operation;
  const meaning = meanings.get(name);
  const request: SaipRequest = { body, quirks, stepsOf };
  if (meaning === undefined) throw new Error(`no meaning was given to ${name}`);
  return { dialect: dialectName, operation: name, commands: meaning(request) };
}

const meanings: ReadonlyMap<string, Meaning> = new Map([
  ...[...entities.values()].flatMap((entity) => [...writesOf(entity), ...readsOf(entity)]),
  ['readPersonCore', readOne(person)],
  ...relationLists,
  ...courseOperations,
  ...groupOperations,
]);
