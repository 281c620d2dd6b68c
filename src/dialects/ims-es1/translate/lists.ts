import type { Command, ListFilter } from '../../../domain/command.ts';
import { GatewayError } from '../../../domain/problem.ts';
import { booleanOf, child, instantOf, malformed, onlyId, valueOf } from '../../../formats/ims/index.ts';
import { identifierOf } from './limits.ts';
import type { Asked } from './request.ts';

/** The reads that find by something else than identifiers; undefined for another operation. */
export function listOf(name: string, asked: Asked): Command | undefined {
  switch (name) {
    case 'readPersonsForGroup':
      return { ...list, entity: 'user', kind: 'person', filter: inGroup(asked) };
    case 'readMembershipsForGroup':
      return { ...list, entity: 'enrollment', kind: 'membership', filter: inGroup(asked) };
    case 'readGroupsForPerson':
      return { ...list, entity: 'org_unit', kind: 'group', filter: ofPerson(asked) };
    case 'readMembershipsForPerson':
      return { ...list, entity: 'enrollment', kind: 'membership', filter: ofPerson(asked) };
    case 'readAllPersons':
      return { ...list, entity: 'user', kind: 'person', filter: all(asked), page: partOf(pageOf(asked)) };
    default:
      return undefined;
  }
}

const list = { verb: 'list', sourcedId: '', records: true } as const;

/** Which part of a list is asked for: pages are counted from 1. */
interface PageAsked {
  readonly index: number;
  readonly size: number;
}

const maxPageSize = 1000;

/** Throws `invalid_data` for what is no number; a page holds at most 1,000. */
function pageOf({ body }: Asked): PageAsked {
  const number = (name: string, otherwise: number): number => {
    const at = `/${body.name}/${name}`;
    const value = valueOf(child(body, name));
    if (value === undefined) return otherwise;
    if (!/^\d{1,9}$/.test(value) || Number(value) === 0)
      throw malformed('This is not a number of pages or persons, counted from 1', value, at);
    return Number(value);
  };
  return { index: number('PageIndex', 1), size: Math.min(number('PageSize', maxPageSize), maxPageSize) };
}

function partOf({ index, size }: PageAsked): { from: number; size: number } {
  return { from: (index - 1) * size, size };
}

function inGroup({ body, quirks }: Asked): ListFilter {
  const at = `/${body.name}/groupSourcedId`;
  const element = onlyId(body, at, 'groupSourcedId', 'sourcedId');
  return { orgUnit: { kind: 'group', sourcedId: identifierOf(element, 'group', { at, quirks }) } };
}

function ofPerson({ body, quirks }: Asked): ListFilter {
  const at = `/${body.name}/personSourcedId`;
  const element = onlyId(body, at, 'personSourcedId', 'sourcedId');
  return { userSourcedId: identifierOf(element, 'person', { at, quirks }) };
}

/** What was created since is among what was written since. Every person of this gateway came from a source system. */
function all(asked: Asked): ListFilter {
  const { body, quirks } = asked;
  const at = `/${body.name}/OnlyManuallyCreatedUsers`;
  if (booleanOf(valueOf(child(body, 'OnlyManuallyCreatedUsers'))) === true) {
    const message = 'There are no manually created users here: leave OnlyManuallyCreatedUsers out.';
    throw new GatewayError('unsupported_operation', message, { at });
  }
  const since = instantOf(child(body, 'CreatedFrom'), `/${body.name}/CreatedFrom`, quirks);
  return since === undefined ? {} : { changedSince: since };
}
