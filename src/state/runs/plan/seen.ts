import { statesFields } from '../../../domain/command.ts';
import type { RecordCommand } from '../../../domain/command.ts';
import type { Reading } from '../../lane.ts';
import type { PlanRecord } from './planning.ts';

/**
 * Remembers what others may refer to, by their key or by their name, for as long as the run is read. Memberships are referred to
 * by nothing. No key comes twice among the records.
 *
 * @returns how many of them were not remembered so far
 */
export async function rememberReferable(
  { client, organizationId }: Reading,
  runId: string,
  records: readonly PlanRecord[],
): Promise<number> {
  const commands = records.map(({ command }) => command).filter(({ kind }) => kind !== 'membership');
  if (commands.length === 0) return 0;
  const { rows } = await client.query<{ fresh: string }>({
    name: 'run_seen_put',
    text: putSql,
    values: [
      organizationId,
      runId,
      commands.map(({ sourcedId }) => sourcedId),
      commands.map(({ kind }) => kind),
      commands.map(({ verb }) => verb !== 'delete'),
      commands.map(userNameOf),
    ],
  });
  return Number(rows[0]?.fresh);
}

const putSql = `
  with put as (
    insert into run_seen (organization_id, run_id, sourced_id, kind, states, name_key)
    select $1, $2, k.sourced_id, k.kind, k.states, fold(k.user_name)
      from unnest($3::text[], $4::text[], $5::boolean[], $6::text[]) as k(sourced_id, kind, states, user_name)
    on conflict (organization_id, run_id, sourced_id, kind) do update
       set states = excluded.states, name_key = coalesce(excluded.name_key, run_seen.name_key)
    returning xmax = 0 as fresh
  )
  select count(*) filter (where fresh) as fresh from put`;

function userNameOf(command: RecordCommand): string | null {
  return command.entity === 'user' && statesFields(command) ? (command.fields.userName ?? null) : null;
}

/**
 * The persons that records mean by a value of a field: what the source system declared with it, or the run has stated so far.
 *
 * @returns the sourcedIds for each value, in order
 */
export async function findByUserName(
  { client, organizationId }: Reading,
  run: { readonly id: string; readonly sourceSystemId: number },
  values: readonly string[],
): Promise<readonly (readonly string[])[]> {
  const { rows } = await client.query<{ found: string[] }>({
    name: 'run_find_user_name',
    text: findSql,
    values: [organizationId, run.sourceSystemId, run.id, values],
  });
  return rows.map(({ found }) => found);
}

const findSql = `
  select array(
           select s.sourced_id from run_seen s
            where s.organization_id = $1 and s.run_id = $3 and s.name_key = k.name_key and s.kind = 'person' and s.states
           union
           select d.sourced_id
             from (select d.sourced_id from declared_user d
                    where d.organization_id = $1 and d.source_system_id = $2 and d.user_name_key = k.name_key
                      and not d.deleted and not d.released offset 0) d
            where not exists (
                    select from run_seen s
                     where s.organization_id = $1 and s.run_id = $3 and s.sourced_id = d.sourced_id and s.kind = 'person'
                       and (not s.states or s.name_key <> k.name_key))
            limit 2) as found
    from (select fold(v.value) as name_key, v.at from unnest($4::text[]) with ordinality as v(value, at)) k
   order by k.at`;
