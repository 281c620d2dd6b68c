import { isPairDelete } from '../../domain/command.ts';
import type { Command, DeleteCommand } from '../../domain/command.ts';

/**
 * The keys that commands are about, as parameters of a statement: `at` is their place. A delete by pair is about the rows of the
 * pair.
 */
export interface KeyParameters {
  readonly own: readonly [at: number[], kinds: string[], sourcedIds: string[]];
  readonly pairs: readonly [at: number[], persons: string[], orgUnits: string[]];
}

export function keyParameters(commands: readonly Command[]): KeyParameters {
  const placed = commands.map((command, at) => ({ command, at }));
  const own = placed.filter(({ command }) => !isPairDelete(command));
  const pairs = placed.flatMap(({ command, at }) => {
    const pair = isPairDelete(command) ? (command as DeleteCommand<'enrollment'>).pair : undefined;
    return pair === undefined ? [] : [{ at, ...pair }];
  });
  return {
    own: [own.map(({ at }) => at), own.map(({ command }) => command.kind), own.map(({ command }) => command.sourcedId)],
    pairs: [
      pairs.map(({ at }) => at),
      pairs.map(({ userSourcedId }) => userSourcedId),
      pairs.map(({ orgUnit }) => orgUnit.sourcedId),
    ],
  };
}

/** The keys (`at`, `kind`, `sourced_id`) of the parameters from `$first` on; $1 organization, $2 source system. */
export function keysSql(first: number): string {
  const [at, kinds, ids, pairAt, persons, units] = [0, 1, 2, 3, 4, 5].map((offset) => `$${String(first + offset)}`);
  return `
    select k.at, k.kind, k.sourced_id collate "C" as sourced_id
      from unnest(${at}::integer[], ${kinds}::text[], ${ids}::text[]) as k(at, kind, sourced_id)
    union all
    select k.at, 'membership', e.sourced_id
      from unnest(${pairAt}::integer[], ${persons}::text[], ${units}::text[]) as k(at, user_sourced_id, org_unit_sourced_id)
      cross join lateral (
        select e.sourced_id, e.org_unit_sourced_id from declared_enrollment e
         where e.organization_id = $1 and e.source_system_id = $2 and e.user_sourced_id = k.user_sourced_id and not e.deleted offset 0) e
     where e.org_unit_sourced_id = k.org_unit_sourced_id`;
}
