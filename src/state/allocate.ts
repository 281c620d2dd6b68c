import { createHash } from 'node:crypto';
import { type Command, commandKey, type ReplaceCommand, type UpdateCommand } from '../domain/command.ts';
import { uuidv7 } from '../domain/ids.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { Step } from './apply.ts';
import type { Lane, LaneSource } from './lane.ts';

/**
 * Gives sourcedIds to the records that are to be given one (LIS createByProxyX), before they are applied. The same record
 * (kind and all that it states) from the same source system within the replay window gets the first one's id again, and
 * changes nothing: a sender that never got its answer may send again. What was deleted since, also by a message of the same transaction, is made again. The lane makes it one id, whoever sends at the same
 * time; it is committed with the message.
 */
export async function allocateIds(lane: Lane, source: LaneSource, steps: readonly Step[]): Promise<readonly Step[]> {
  const wishes = steps.filter(({ command }) => isToAllocate(command));
  if (wishes.length === 0) return steps;
  const keys = [...new Set(wishes.map(({ command }) => recordKey(command)))];
  const known = await readAllocations(lane, source, keys);
  const given = new Map(keys.map((key) => [key, known.get(key)?.sourcedId ?? uuidv7()]));
  await remember(
    lane,
    source,
    [...given].filter(([key]) => !known.has(key)),
  );
  const twins = new Map<string, Step[]>();
  const deleted = new Set<string>();
  return steps.flatMap((step): Step[] => {
    if (step.command.verb === 'delete') deleted.add(commandKey(step.command));
    if (!isToAllocate(step.command)) return [step];
    const key = recordKey(step.command);
    const sourcedId = given.get(key) ?? '';
    const goes = deleted.delete(commandKey({ ...step.command, sourcedId }));
    const open = twins.get(key);
    if (open !== undefined && !goes) {
      open.push(step);
      return [];
    }
    const others: Step[] = [];
    twins.set(key, others);
    const again = known.get(key)?.there === true && !goes;
    const command = again ? lookAt(step.command, sourcedId) : { ...step.command, sourcedId };
    return [{ ...step, command, answer: (outcome) => answerAll(outcome, step, others) }];
  });
}

export function isToAllocate(command: Command): command is ReplaceCommand {
  return command.verb === 'replace' && command.allocate === true;
}

/** The row was made by an earlier message: it is looked at, and left as it is now. */
function lookAt({ entity, kind, notes, at }: ReplaceCommand, sourcedId: string): Command {
  const about = { entity, kind, sourcedId, ...(notes && { notes }), ...(at !== undefined && { at }) };
  return { ...about, verb: 'update', mustExist: true, fields: {} } as UpdateCommand;
}

/** Several of the same record in one transaction: one is applied, the others hear what became of it. */
function answerAll(outcome: Outcome, first: Step, others: readonly Step[]): void {
  const { verb } = first.command;
  first.answer({ ...outcome, verb });
  const status = outcome.status === 'created' ? 'unchanged' : outcome.status;
  for (const other of others) other.answer({ ...outcome, verb, status });
}

/** "kind hash" */
function recordKey(command: Command): string {
  const { fields, copyOf = null } = command as ReplaceCommand;
  const hash = createHash('sha256')
    .update(canonical([copyOf, fields]))
    .digest('hex');
  return `${command.kind} ${hash}`;
}

/** The same text whatever the order in which fields were stated. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

interface Allocation {
  readonly sourcedId: string;
  /** Its row is there: not deleted, and the record was not refused. */
  readonly there: boolean;
}

async function readAllocations(
  lane: Lane,
  { id }: LaneSource,
  keys: readonly string[],
): Promise<ReadonlyMap<string, Allocation>> {
  const { rows } = await lane.client.query<Allocation & { key: string }>({
    name: 'allocation_read',
    text: `
      select k.kind || ' ' || encode(k.hash, 'hex') as key, a.sourced_id as "sourcedId",
             case k.kind
               when 'person' then exists (select from declared_user d
                 where d.organization_id = $1 and d.sourced_id = a.sourced_id and d.source_system_id = $2 and not d.deleted and not d.released)
               when 'membership' then exists (select from declared_enrollment d
                 where d.organization_id = $1 and d.sourced_id = a.sourced_id and d.source_system_id = $2 and not d.deleted)
               else exists (select from declared_org_unit d
                 where d.organization_id = $1 and d.sourced_id = a.sourced_id and d.source_system_id = $2 and d.kind = k.kind and not d.deleted and not d.released) end as there
        from unnest($3::text[], $4::bytea[]) as k(kind, hash)
        join allocation a on a.organization_id = $1 and a.fields_hash = k.hash and a.source_system_id = $2 and a.kind = k.kind
         and a.expires_at > statement_timestamp()`,
    values: [lane.organizationId, id, ...columnsOf(keys)],
  });
  return new Map(rows.map((row) => [row.key, row]));
}

async function remember(
  lane: Lane,
  { id, options }: LaneSource,
  fresh: readonly (readonly [key: string, sourcedId: string])[],
): Promise<void> {
  if (fresh.length === 0 || options.replayWindowMinutes === 0) return;
  await lane.client.query({
    name: 'allocation_write',
    text: `
      insert into allocation (organization_id, source_system_id, kind, fields_hash, sourced_id, expires_at)
      select $1, $2, k.kind, k.hash, k.sourced_id, statement_timestamp() + make_interval(mins => $6)
        from unnest($3::text[], $4::bytea[], $5::text[]) as k(kind, hash, sourced_id)
      on conflict (organization_id, fields_hash, source_system_id, kind) do update
         set sourced_id = excluded.sourced_id, expires_at = excluded.expires_at`,
    values: [
      lane.organizationId,
      id,
      ...columnsOf(fresh.map(([key]) => key)),
      fresh.map(([, sourcedId]) => sourcedId),
      options.replayWindowMinutes,
    ],
  });
}

/** Hashes as bytes: row-level security keeps what is decoded in SQL from the index. */
function columnsOf(keys: readonly string[]): [kinds: string[], hashes: Buffer[]] {
  const parts = keys.map((key) => key.split(' '));
  return [parts.map(([kind = '']) => kind), parts.map(([, hash = '']) => Buffer.from(hash, 'hex'))];
}
