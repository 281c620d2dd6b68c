import { commandKey, isPairDelete, statesFields } from '../domain/command.ts';
import type { Command, DeleteCommand } from '../domain/command.ts';
import { isCopy } from './declare/copy.ts';
import type { Lane, LaneSource } from './lane.ts';

/** The persons that a command is about, by their sourcedIds; undefined for one that is about more than persons and their memberships. */
export type AboutPersons = (command: Command) => ReadonlySet<string> | undefined;

/**
 * Tells of each command the persons that it states, and those that the row of its key stated before: a membership may have been
 * another person's, in the declared state or earlier in the message, and a person's relations may have named others.
 */
export async function readAboutPersons(
  lane: Lane,
  source: LaneSource,
  commands: readonly Command[],
): Promise<AboutPersons> {
  const stated = commands.filter(isOfPersons);
  const about = await readFormer(lane, source.id, stated);
  for (const command of stated) statedBy(command).forEach((sourcedId) => about(commandKey(command)).add(sourcedId));
  return (command) => (isOfPersons(command) ? about(commandKey(command)) : undefined);
}

function isOfPersons(command: Command): boolean {
  const { verb, entity } = command;
  const isPlain = (verb === 'replace' || verb === 'update' || verb === 'delete') && !isCopy(command);
  return isPlain && (entity === 'user' || entity === 'enrollment');
}

function statedBy(command: Command): string[] {
  if (isPairDelete(command)) return [(command as DeleteCommand<'enrollment'>).pair?.userSourcedId ?? ''];
  if (command.entity === 'user') {
    const relations = statesFields(command) ? (command.fields.relations ?? []) : [];
    return [command.sourcedId, ...relations.map(({ sourcedId }) => sourcedId)];
  }
  if (command.entity !== 'enrollment' || !statesFields(command)) return [];
  return command.fields.userSourcedId === undefined ? [] : [command.fields.userSourcedId];
}

async function readFormer(
  lane: Lane,
  sourceSystemId: number,
  commands: readonly Command[],
): Promise<(key: string) => Set<string>> {
  const idsOf = (kind: string): string[] => [
    ...new Set(commands.filter((command) => command.kind === kind).map(({ sourcedId }) => sourcedId)),
  ];
  const { rows } = await lane.client.query<{ kind: string; sourced_id: string; person: string }>({
    name: 'declared_about_persons',
    text: `
      select 'membership' as kind, e.sourced_id, e.user_sourced_id as person
        from unnest($3::text[]) as k(sourced_id)
        cross join lateral (
          select * from declared_enrollment e
           where e.organization_id = $1 and e.source_system_id = $2 and e.sourced_id = k.sourced_id limit 1) e
      union all
      select 'person', r.sourced_id, r.agent_sourced_id
        from unnest($4::text[]) as k(sourced_id)
        cross join lateral (
          select * from declared_relation r
           where r.organization_id = $1 and r.source_system_id = $2 and r.sourced_id = k.sourced_id offset 0) r`,
    values: [lane.organizationId, sourceSystemId, idsOf('membership'), idsOf('person')],
  });
  const former = new Map<string, Set<string>>();
  const about = (key: string): Set<string> => {
    const persons = former.get(key) ?? new Set();
    former.set(key, persons);
    return persons;
  };
  for (const { kind, sourced_id: sourcedId, person } of rows)
    about(commandKey({ kind, sourcedId } as Command)).add(person);
  return about;
}
