import type pg from 'pg';
import type { OrgUnitBase } from '../domain/entities.ts';
import type { ChosenList, ListEntry } from '../domain/extension-points.ts';
import { GatewayError } from '../domain/problem.ts';
import { effectiveOptions } from '../domain/source-system.ts';
import type { SourceSystem, SourceSystemOptions, SourceSystemState } from '../domain/source-system.ts';
import { effectiveVariables, type VariableValue } from '../domain/variables.ts';
import { inOrganization } from './in-transaction.ts';
import { failureOf } from './sql-state.ts';

/** Source systems as the pipeline needs them, remembered briefly: an edit reaches every process by notification or by age. */
export interface SourceSystemLookup {
  /** undefined = there is none under this id in the organization. */
  get(organizationId: number, id: number): Promise<SourceSystem | undefined>;
  /** Forgets what is remembered of an organization, or all. */
  invalidate(organizationId?: number): void;
}

const rememberedMs = 5_000;

export function createSourceSystemLookup(pool: pg.Pool, now: () => number = Date.now): SourceSystemLookup {
  const remembered = new Map<
    string,
    { readonly source: Promise<SourceSystem | undefined>; readonly until: number; readonly organizationId: number }
  >();
  return {
    get(organizationId, id) {
      const key = `${String(organizationId)} ${String(id)}`;
      const known = remembered.get(key);
      if (known !== undefined && known.until > now()) return known.source;
      const source = readSourceSystem(pool, organizationId, id).catch(busyIfAway);
      remembered.set(key, { source, until: now() + rememberedMs, organizationId });
      source.catch(() => remembered.delete(key));
      return source;
    },
    invalidate(organizationId) {
      for (const [key, entry] of remembered) {
        if (organizationId === undefined || entry.organizationId === organizationId) remembered.delete(key);
      }
    },
  };
}

/** The database is away for the moment: the sender is asked to come again. */
function busyIfAway(error: unknown): never {
  if (failureOf(error) !== 'transient') throw error;
  throw new GatewayError('busy', 'The gateway cannot reach its database; send the same message again.', {
    retryAfterS: 2,
    cause: error,
  });
}

interface SourceSystemRow {
  id: number;
  code: string;
  name: string;
  state: SourceSystemState;
  rank: number;
  preset: string;
  options: Partial<SourceSystemOptions>;
  variables: [Record<string, VariableValue>, Record<string, VariableValue>];
  types: [string, OrgUnitBase][];
  roles: string[];
  lists: { point: string; template: string | null; entries: ListEntry[] | null }[];
}

function readSourceSystem(pool: pg.Pool, organizationId: number, id: number): Promise<SourceSystem | undefined> {
  return inOrganization(pool, organizationId, async (client) => {
    const { rows } = await client.query<SourceSystemRow>(
      `select s.id, s.code, s.name, s.state, s.rank, s.preset, s.options,
              (select jsonb_build_array(coalesce(jsonb_object_agg(v.name, v.value) filter (where v.source_system_id is null), '{}'),
                                        coalesce(jsonb_object_agg(v.name, v.value) filter (where v.source_system_id = s.id), '{}'))
                 from variable v where v.organization_id = s.organization_id) as variables,
              (select coalesce(jsonb_agg(jsonb_build_array(m.sis_type_key, t.base)), '[]') from org_unit_type_map m
                 join org_unit_type t on t.organization_id = m.organization_id and t.id = m.org_unit_type_id
                where m.organization_id = s.organization_id and m.source_system_id = s.id) as types,
              (select coalesce(jsonb_agg(m.sis_role_key order by r.rank desc, m.sis_role_key), '[]') from role_map m
                 join role r on r.organization_id = m.organization_id and r.id = m.role_id
                where m.organization_id = s.organization_id and m.source_system_id = s.id) as roles,
              -- Those of the organization first: a source system's own take their place.
              (select coalesce(jsonb_agg(jsonb_build_object('point', e.point, 'template', e.template, 'entries', e.entries) order by e.scope), '[]')
                 from extension_point_list e where e.organization_id = s.organization_id and e.scope in (0, s.id)) as lists
         from source_system s where s.organization_id = $1 and s.id = $2`,
      [organizationId, id],
    );
    const row = rows[0];
    return row && toSourceSystem(organizationId, row);
  });
}

function toSourceSystem(organizationId: number, row: SourceSystemRow): SourceSystem {
  const { id, code, name, state, rank, preset, options, variables, types, roles, lists } = row;
  return {
    id,
    organizationId,
    code,
    name,
    state,
    rank,
    options: effectiveOptions(preset, options),
    variables: effectiveVariables(...variables),
    orgUnitTypes: new Map(types),
    roles: new Set(roles),
    lists: new Map(lists.map(({ point, template, entries }) => [point, chosenFrom(template, entries)])),
  };
}

/** Exactly one of the columns is filled. */
export function chosenFrom(template: string | null, entries: readonly ListEntry[] | null): ChosenList {
  return template === null ? { entries: entries ?? [] } : { template };
}
