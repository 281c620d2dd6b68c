import type pg from 'pg';
import type { WireKind } from '../../../domain/entities.ts';
import type { ItemOperation, KindEffects } from '../../../domain/run.ts';
import { effectiveOptions, type SourceSystemOptions } from '../../../domain/source-system.ts';
import { inOrganization } from '../../in-transaction.ts';
import { byKind, noEffects, projectedEffects } from './projected-effects.ts';

/** By the numbers of items. */
export type ItemEffects = ReadonlyMap<string, Partial<Record<WireKind, KindEffects>>>;

interface Item {
  readonly number: string;
  readonly operation: ItemOperation;
  readonly kind: WireKind;
  readonly sourced_id: string;
}

/** What items of a plan that are not applied would do in the LMS now, each as if it were applied with those beside it. What is new makes itself. */
export function itemEffects(
  pool: pg.Pool,
  organizationId: number,
  runId: string,
  items: readonly Item[],
): Promise<ItemEffects> {
  return inOrganization(pool, organizationId, async (client) => {
    const { rows } = await client.query<{ id: number; preset: string; options: Partial<SourceSystemOptions> }>(
      `select s.id, s.preset, s.options from run r join source_system s on s.organization_id = $1 and s.id = r.source_system_id
        where r.organization_id = $1 and r.id = $2`,
      [organizationId, runId],
    );
    const [source] = rows;
    if (source === undefined) return new Map();
    const options = effectiveOptions(source.preset, source.options);
    const projecting = { organizationId, sourceSystemId: source.id, id: runId, hasRepeats: true, options };
    const found = await projectedEffects(
      client,
      projecting,
      items.map(({ number }) => Number(number)),
    );
    const effects = new Map(
      [...Map.groupBy(found, ({ number }) => number ?? '')].map(([number, projected]) => [number, byKind(projected)]),
    );
    for (const { number, operation, kind, sourced_id: sourcedId } of items) {
      if (operation !== 'add') continue;
      const others = effects.get(number) ?? {};
      const { samples, ...own } = others[kind] ?? noEffects;
      const made = { sort: 'created' as const, sourcedId, item: Number(number) };
      effects.set(number, { ...others, [kind]: { ...own, created: own.created + 1, samples: [made, ...samples] } });
    }
    return effects;
  });
}
