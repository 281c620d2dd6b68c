import { GatewayError } from '../../domain/problem.ts';
import type { Scope } from './in-organization.ts';

/** The source systems of an organization: few, so read whole. */
export interface Sources {
  /** Their ids: all, or the one that a filter names. Throws GatewayError `not_found`. */
  idsFor(reference: string | undefined): number[];
  codeOf(id: number): string;
}

export async function readSources({ db, organizationId }: Scope): Promise<Sources> {
  const rows = await db
    .selectFrom('source_system')
    .select(['id', 'code'])
    .where('organization_id', '=', organizationId)
    .execute();
  return {
    idsFor(reference) {
      if (reference === undefined) return rows.map(({ id }) => id);
      return [pick(rows, reference).id];
    },
    // The journal and the changes outlive what they name.
    codeOf: (id) => rows.find((row) => row.id === id)?.code ?? String(id),
  };
}

/** Codes begin with a letter, so a number is an id. Throws GatewayError `not_found`. */
export function pick<Row extends { id: number; code: string }>(rows: readonly Row[], reference: string): Row {
  const row = rows.find(({ code }) => code === reference) ?? rows.find(({ id }) => String(id) === reference);
  if (row !== undefined) return row;
  throw new GatewayError('not_found', `There is no source system ${reference} in this organization.`, {
    field: 'sourceSystem',
  });
}
