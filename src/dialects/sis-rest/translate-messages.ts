import { z } from 'zod';
import type { Command, ListCommand } from '../../domain/command.ts';
import { entityKinds } from '../../domain/entities.ts';
import { GatewayError } from '../../domain/problem.ts';
import { parseJson } from '../../formats/json/index.ts';
import type { Message } from '../../pipeline/ports.ts';
import { orgUnitCallKind, sourcedId } from './fields.ts';
import { check, parseCommand } from './parse-command.ts';
import { RecordMistakes } from './raw-command.ts';
import { rejectedOutcome, type RestOutcome } from './reply.ts';
import { parseList } from './translate-list.ts';
import { wishShape } from './wishes.ts';
import { dialectName, operationOf, type RestTranslation } from './rest-translation.ts';

export const maxCommands = 1_000;

/** All enrollments of a person in an org unit, for a SIS that keeps no id of them. */
const deleteByPair = {
  verb: 'delete',
  entity: 'enrollment',
  fields: { userSourcedId: 'P-4712', orgUnit: { kind: 'section', sourcedId: 'BIOL.301.01.202710' } },
};

export const restCommand = z
  .strictObject({
    verb: z.enum(['replace', 'update', 'delete', 'read', 'rename', 'list']),
    entity: z.enum(entityKinds),
    kind: orgUnitCallKind.optional(),
    sourcedId: sourcedId.optional().meta({
      description:
        'May be left out for an enrollment: the pair of userSourcedId and orgUnit in `fields` is then its key.',
    }),
    fields: z.looseObject({}).optional().meta({
      description:
        'As in the calls about one object; not for a read. To delete an enrollment by its pair, without a sourcedId: its userSourcedId and orgUnit.',
    }),
    query: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .optional()
      .meta({
        description:
          'Of a list: what it asks for, by the names of the query of the GET of the collection. A list of org units states its `kind`, none has a sourcedId.',
      }),
  })
  .extend(wishShape)
  .meta({
    id: 'Command',
    description:
      'One wish: replace, update, delete, read or rename of one object, or a list of objects. An update of what is unknown is rejected as `unknown_object`; it may follow its replace in the same message. A delete of an enrollment without a sourcedId deletes all that this source system declared for the person in the org unit, whatever their sourcedIds.',
    examples: [deleteByPair],
  });

/** `POST /sis/v1/messages`: a command that cannot be read gets its own outcome, the others go on. */
export function translateMessages(message: Message): RestTranslation {
  const { commands: sent, at } = commandsOf(parseJson(message.body));
  const commands: Command[] = [];
  const unreadable = new Map<number, RestOutcome>();
  const writes = sent.some(isWriteOrOdd);
  let lists = 0;
  sent.forEach((one, index) => {
    try {
      const command = parseOne(one, `${at}/${index}`);
      if (command.verb === 'list') {
        if (writes) refuseBesideWrites(`${at}/${index}`);
        refuseMoreLists((lists += 1), `${at}/${index}`);
      }
      commands.push(command);
    } catch (error) {
      if (!(error instanceof RecordMistakes)) throw error;
      unreadable.set(index, rejectedOutcome(one, error.problems));
    }
  });
  return { dialect: dialectName, operation: operationOf(message), commands, unreadable };
}

function isWriteOrOdd(one: unknown): boolean {
  return typeof one !== 'object' || one === null || !('verb' in one) || (one.verb !== 'list' && one.verb !== 'read');
}

/** Whoever writes holds up the other senders of the organization for as long as the message takes. */
function refuseBesideWrites(at: string): void {
  const message = 'A list stands among reads only; send it in a message of its own, after the writes.';
  throw new RecordMistakes([{ code: 'invalid_data', message, at: `${at}/verb`, field: 'verb' }]);
}

/** A list may have pages of thousands of records. */
export const maxLists = 5;

function refuseMoreLists(lists: number, at: string): void {
  if (lists <= maxLists) return;
  const message = `A message has at most ${maxLists} lists; send the others apart.`;
  throw new RecordMistakes([{ code: 'invalid_data', message, at: `${at}/verb`, field: 'verb' }]);
}

function parseOne(sent: unknown, at: string): Command {
  const { query, ...command } = check(restCommand, sent, at);
  const { verb, entity, kind, sourcedId, fields, ...wishes } = command;
  if (verb === 'list') return { ...parseListCommand(command, query ?? {}, at), at };
  if (query !== undefined) refuseBeside(verb, 'query', at);
  return parseCommand({ verb, entity, kind, sourcedId, fields: fields ?? {}, wishes, at, fieldsAt: `${at}/fields` });
}

function parseListCommand(
  { entity, kind, verb: _verb, ...others }: z.output<typeof restCommand>,
  query: Readonly<Record<string, string | number | boolean>>,
  at: string,
): ListCommand {
  const [unheard] = Object.keys(others);
  if (unheard !== undefined) refuseBeside('list', unheard, at);
  // In a URL they are texts.
  const texts: [string, string][] = Object.entries(query).map(([name, value]) => [name, String(value)]);
  const asked: Record<string, string> = Object.fromEntries(kind === undefined ? texts : [...texts, ['kind', kind]]);
  return parseList(entity, asked, `${at}/query`);
}

/** What would go unheard is refused. */
function refuseBeside(verb: string, field: string, at: string): never {
  const message = `\`${field}\` does not belong to the verb \`${verb}\`.`;
  throw new RecordMistakes([{ code: 'invalid_data', message, at: `${at}/${field}`, field }]);
}

function commandsOf(body: unknown): { commands: unknown[]; at: string } {
  const bare = Array.isArray(body);
  const commands: unknown = bare ? body : (body as { messages?: unknown } | null)?.messages;
  const at = bare ? '' : '/messages';
  if (!Array.isArray(commands)) {
    throw new GatewayError('invalid_data', 'Send an array of commands, or an object with the array `messages`.', {
      at,
    });
  }
  if (commands.length === 0) throw new GatewayError('incomplete_data', 'The message holds no command.', { at });
  if (commands.length > maxCommands) {
    throw new GatewayError(
      'payload_too_large',
      `The message holds ${commands.length} commands; send at most ${maxCommands} at a time.`,
      { at },
    );
  }
  return { commands: commands as unknown[], at };
}
