import type pg from 'pg';
import { inOrganization } from '../../in-transaction.ts';
import { plannerSettings } from '../../lane.ts';
import type { LeasedRun } from '../lease.ts';
import { isAppliedSql } from '../newer-sql.ts';
import { declaredImageSql } from './declared-image.ts';
import type { FormerRow } from './rollback-command.ts';

const pageSize = 2_000;

/**
 * What the deletes of a run took along: rows that are deleted, are put down to the run, and are no item of it that was applied. A deleted row keeps what it
 * stated, so it is as it was before but for that. Of a selection, what went with that.
 */
export async function* forgottenPages(pool: pg.Pool, run: LeasedRun): AsyncGenerator<readonly FormerRow[]> {
  if (!(await hasDeletes(pool, run))) return;
  for (const text of [unitsSql, membershipsSql]) {
    let after: FormerRow | undefined;
    do {
      const rows = await readForgotten(pool, run, text, after);
      if (rows.length > 0) yield rows;
      after = rows.length < pageSize ? undefined : rows.at(-1);
    } while (after !== undefined);
  }
}

/** Only a delete of a person or an org unit takes others along. */
function hasDeletes(pool: pg.Pool, { organizationId, takesBack }: LeasedRun): Promise<boolean> {
  return inOrganization(pool, organizationId, async (client) => {
    const { rowCount } = await client.query(
      `select from run_item where organization_id = $1 and run_id = $2 and operation = 'remove' and kind <> 'membership' limit 1`,
      [organizationId, takesBack],
    );
    return rowCount !== 0;
  });
}

function readForgotten(
  pool: pg.Pool,
  run: LeasedRun,
  text: string,
  after: FormerRow | undefined,
): Promise<FormerRow[]> {
  return inOrganization(pool, run.organizationId, async (client) => {
    await client.query(plannerSettings);
    const { rows } = await client.query<FormerRow>(text, [
      run.organizationId,
      run.sourceSystemId,
      run.takesBack,
      run.options.only ?? null,
      after?.sourced_id ?? '',
      after?.kind ?? '',
      pageSize,
    ]);
    return rows;
  });
}

/** A row `d` of a kind that went without an item of its own. */
const isForgottenSql = (kind: string): string => `
  d.organization_id = $1 and d.source_system_id = $2 and d.message_id = $3::uuid and d.deleted
  and not exists (select from run_item i join run r on r.organization_id = $1 and r.id = i.run_id
                   where i.sourced_id = d.sourced_id and i.run_id = $3 and i.organization_id = $1 and i.kind = ${kind} and ${isAppliedSql('i', 'r', '$3')})`;

/** What the run deleted of the selection, and the org units below it that went with it. */
const selectedSql = `
  with recursive selected as (
    select asked.sourced_id collate "C" as sourced_id from unnest($4::text[]) as asked(sourced_id)
     where exists (select from run_item i
                    where i.sourced_id = asked.sourced_id and i.run_id = $3 and i.organization_id = $1 and i.kind <> 'membership' and i.command->>'verb' = 'delete' offset 0)
    union
    select d.sourced_id from selected s
      join declared_parent p on p.organization_id = $1 and p.source_system_id = $2 and p.parent_sourced_id = s.sourced_id
      join declared_org_unit d on d.sourced_id = p.sourced_id and d.kind = p.kind and ${isForgottenSql('d.kind')}
  )`;

const isSelectedSql = (...ids: string[]): string =>
  `($4::text[] is null or ${ids.map((id) => `${id} in (select sourced_id from selected)`).join(' or ')})`;

/** With the images of rows as they were, when they were not deleted. */
const imagedSql = (entity: string, found: string): string => `
  ${selectedSql}
  select ${entity} as entity, k.kind, k.sourced_id, d.before || '{"deleted": false}' as before
    from (${found}) k cross join lateral (${declaredImageSql}) d
   order by k.sourced_id, k.kind`;

const unitsSql = imagedSql(
  `case k.kind when 'association' then 'association' else 'org_unit' end`,
  `select d.kind, d.sourced_id from declared_org_unit d
    where ${isForgottenSql('d.kind')} and not d.implied and (d.sourced_id, d.kind) > ($5, $6) and ${isSelectedSql('d.sourced_id')}
    order by d.sourced_id, d.kind limit $7`,
);

const membershipsSql = imagedSql(
  `'enrollment'`,
  `select 'membership' as kind, d.sourced_id from declared_enrollment d
    where ${isForgottenSql(`'membership'`)} and d.sourced_id > $5 and $6::text is not null
      and ${isSelectedSql('d.user_sourced_id', 'd.org_unit_sourced_id')}
    order by d.sourced_id limit $7`,
);
