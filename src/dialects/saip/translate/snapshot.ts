import type { Command, RecordCommand } from '../../../domain/command.ts';
import type { Outcome } from '../../../domain/outcome.ts';
import { GatewayError } from '../../../domain/problem.ts';
import type { Quirks } from '../../../domain/source-system.ts';
import { type About, child, children, onlyId, requiredSourcedId } from '../../../formats/ims/index.ts';
import type { StepsOf } from '../../../pipeline/plugins/index.ts';
import type { ElementView } from '../../../pipeline/ports.ts';
import { entities, type Entity } from './entities.ts';

/** One message holds as many records as one of the REST door holds commands. */
export const maxRecords = 1000;

/** The records of a file as commands; what cannot be read has its outcome already. */
export interface Snapshot {
  readonly commands: readonly Command[];
  readonly unreadable: ReadonlyMap<number, Outcome>;
}

/**
 * A file of records under the root `enterprise`: each is stated as a whole, or deleted if its `Mode` is D. A record that
 * cannot be read gets its own outcome, the others go on. Throws `payload_too_large`, and `invalid_data` for a record of no known kind.
 */
export function translateSnapshot(root: ElementView, quirks: Quirks, stepsOf?: StepsOf): Snapshot {
  refuseTooMany(root);
  const commands: Command[] = [];
  const unreadable = new Map<number, Outcome>();
  const counts = new Map<string, number>();
  for (const object of root.children) {
    const count = (counts.get(object.name) ?? 0) + 1;
    counts.set(object.name, count);
    const at = `/${root.name}/${object.name}[${count}]`;
    const entity = entityOf(object, at);
    for (const { sourcedId, command } of readObject(entity, { object, at, quirks, stepsOf })) {
      const place = commands.length + unreadable.size;
      if (command instanceof GatewayError) unreadable.set(place, refusal(entity, sourcedId, command));
      else commands.push(command);
    }
  }
  return { commands, unreadable };
}

/** A record of a file: what it wishes, or why it cannot be taken. */
export interface ReadSnapshotRecord {
  readonly entity: Entity;
  readonly sourcedId: string;
  readonly command: RecordCommand | GatewayError;
}

/** The records of one object of a snapshot, whose names are in one spelling. Throws `invalid_data` for an object of no known kind. */
export function readSnapshotObject(about: Omit<About, 'sourcedId'>): ReadSnapshotRecord[] {
  return readObject(entityOf(about.object, about.at), about);
}

function readObject(entity: Entity, about: Omit<About, 'sourcedId'>): ReadSnapshotRecord[] {
  return recordsOf(entity, about).map(([sourcedId, read]) => ({ entity, sourcedId, command: readOr(read) }));
}

/** The records of an object, each with the sourcedId under which it is answered, and how it is read. */
function recordsOf(entity: Entity, found: Omit<About, 'sourcedId'>): [string, () => RecordCommand][] {
  const { object, at, quirks } = found;
  const shown = child(object, 'sourcedId')?.text.trim().slice(0, 100) ?? '';
  const split = readOr(() => {
    const where = `${at}/sourcedId`;
    const sourcedId = requiredSourcedId(onlyId(object, where, 'sourcedId'), 'The sourcedId', where, quirks);
    return entity.split({ ...found, sourcedId });
  });
  if (split instanceof GatewayError) {
    return [
      [
        shown,
        () => {
          throw split;
        },
      ],
    ];
  }
  return split.map((about) => [about.sourcedId, () => commandOf(entity, about)]);
}

function commandOf(entity: Entity, about: About): RecordCommand {
  const { sourcedId, object, at } = about;
  return entity.isDeleted(object) ? entity.delete({ sourcedId, at }) : entity.replace(about);
}

function entityOf({ name }: ElementView, at: string): Entity {
  const entity = entities.get(name);
  if (entity !== undefined) return entity;
  const known = [...entities.keys()].join(', ');
  throw new GatewayError('invalid_data', `A snapshot holds ${known}: ${at} is none of them.`, { at });
}

/** The members of a membership are a record each. */
function refuseTooMany(root: ElementView): void {
  const count = root.children.reduce((sum, object) => sum + Math.max(1, children(object, 'members').length), 0);
  if (count <= maxRecords) return;
  const message =
    `The file holds ${count} records, the members of memberships counted each; at most ${maxRecords} are taken in one message. ` +
    'Split it into several files under the same root and send them in any order: what is not in a file is left as it is.';
  throw new GatewayError('payload_too_large', message, { at: `/${root.name}` });
}

function readOr<T>(read: () => T): T | GatewayError {
  try {
    return read();
  } catch (error) {
    if (error instanceof GatewayError) return error;
    throw error;
  }
}

function refusal(entity: Entity, sourcedId: string, { code, message, at }: GatewayError): Outcome {
  const { entity: of, kind } = entity.delete({ sourcedId, at: '' });
  const problem = { code, message, ...(at === undefined ? {} : { at }) };
  return { entity: of, kind, verb: 'replace', sourcedId, status: 'rejected', problems: [problem] };
}
