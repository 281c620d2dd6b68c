import type pg from 'pg';
import { defaultFileSettings, type FileSettings, type FileSettingsStore } from '../../domain/file-settings.ts';
import { GatewayError } from '../../domain/problem.ts';
import { inSpool } from './in-spool.ts';

interface SettingsRow {
  mode: FileSettings['mode'];
  options: FileSettings['options'];
  pick_up: FileSettings['pickUp'];
  rest_s: number;
  version: number;
}

export function createFileSettingsStore({ pool }: { readonly pool: pg.Pool }): FileSettingsStore {
  return {
    async get(organizationId, sourceSystemId) {
      const { rows } = await inSpool(pool, organizationId, (client) => select(client, organizationId, sourceSystemId));
      return toSettings(rows[0]);
    },
    async put({ organizationId, actor }, sourceSystemId, { mode, options, pickUp, restS }, expected) {
      await inSpool(pool, organizationId, async (client) => {
        const { rows } = await select(client, organizationId, sourceSystemId, 'for update');
        if (expected !== undefined && String(expected) !== String(toSettings(rows[0]).version)) throw changed();
        await client.query(
          `insert into file_settings as s (organization_id, source_system_id, mode, options, pick_up, rest_s, changed_by)
           values ($1, $2, $3, $4, $5, $6, $7)
           on conflict (organization_id, source_system_id)
           do update set mode = excluded.mode, options = excluded.options, pick_up = excluded.pick_up,
                         rest_s = excluded.rest_s, changed_by = excluded.changed_by, changed_at = now(),
                         version = s.version + 1`,
          [organizationId, sourceSystemId, mode, JSON.stringify(options), pickUp, restS, actor],
        );
      });
    },
  };
}

function select(client: pg.ClientBase, organizationId: number, sourceSystemId: number, lock = '') {
  return client.query<SettingsRow>(
    `select mode, options, pick_up, rest_s, version from file_settings
      where organization_id = $1 and source_system_id = $2 ${lock}`,
    [organizationId, sourceSystemId],
  );
}

function toSettings(row: SettingsRow | undefined): FileSettings & { version: number } {
  if (row === undefined) return { ...defaultFileSettings, version: 0 };
  const { mode, options, pick_up: pickUp, rest_s: restS, version } = row;
  return { mode, options, pickUp, restS, version };
}

function changed(): GatewayError {
  return new GatewayError('conflict', 'Somebody else has changed it since you read it: read it again.', {
    field: 'If-Match',
  });
}
