import { listChange, type RecordCommand, statesFields } from '../../../domain/command.ts';
import type { WireKind } from '../../../domain/entities.ts';
import { SeenKeys } from './seen-keys.ts';

/** What was held of a key, as far as it matters whether something else takes its place. */
export interface HeldSaying {
  readonly kind: WireKind;
  readonly sourcedId: string;
  readonly verb: RecordCommand['verb'];
  /** The names of the fields that it states. */
  readonly fields: readonly string[];
  /** Of a replace: the names of those that it leaves as they are where it does not state them. All others it clears. */
  readonly leaves: readonly string[];
  /** Of an update: what it states. */
  readonly update: object | null;
}

/** Of an item `i` that is held. */
export const heldSayingSql = `
  i.kind, i.sourced_id as "sourcedId", i.command->>'verb' as verb, array(select jsonb_object_keys(i.command->'fields')) as fields,
  array(select jsonb_array_elements_text(i.command->'wishes'->'leave')) as leaves,
  case when i.command->>'verb' = 'update' then i.command end as update`;

/** What it says, for those who ask what gives way to it. */
export interface TakesPlaces {
  takesPlaceOf(held: HeldSaying): boolean;
}

/**
 * What a run says of its keys, as far as it takes the place of what is held of them: deltas do not repeat, so what is held of a name is not lost
 * because a later file has an attribute.
 */
export class Said implements TakesPlaces {
  private readonly keys: SeenKeys;
  /** What a snapshot does not name: it is said only where that is believed. */
  private readonly absent = new SeenKeys();
  /** Fields that replaces of the run leave as they are. */
  private readonly left = new Map<WireKind, Set<string>>();

  constructor(keys: SeenKeys) {
    this.keys = keys;
  }

  /** A command that was taken: no more than this counts. */
  add(command: RecordCommand): void {
    // What is there stays as it is, whatever this one states.
    if (command.wishes?.never === 'change') {
      this.keys.add(command);
      return;
    }
    if (command.verb === 'update') {
      this.keys.add(command);
      this.keys.addWhole(shapeKey(command, command));
      return;
    }
    const left = leftBy(command);
    if (left.length === 0) {
      this.keys.addWhole(command);
      return;
    }
    const ofKind = this.left.get(command.kind) ?? new Set();
    for (const name of left) ofKind.add(name);
    this.left.set(command.kind, ofKind);
    this.keys.addWholeButLeft(command);
  }

  /** The run names it. */
  has(key: { readonly kind: WireKind; readonly sourcedId: string }): boolean {
    return this.keys.has(key);
  }

  addAbsent(key: Pick<RecordCommand, 'kind' | 'sourcedId'>): void {
    this.absent.add(key);
  }

  /** Gives back what is its own; the keys are not. */
  clear(): void {
    this.absent.clear();
  }

  /** What it says with what it leaves out, but for kinds of which that is not believed. */
  believed(doubted: ReadonlySet<WireKind>): TakesPlaces {
    return {
      takesPlaceOf: (held) => (!doubted.has(held.kind) && this.absent.has(held)) || this.takesPlaceOf(held),
    };
  }

  /**
   * A delete gives way to whatever is said of the record. What states fields, or clears them, gives way to what states the whole, or leaves none of
   * these fields; an update also to another one of the same fields.
   */
  takesPlaceOf(held: HeldSaying): boolean {
    const { keys } = this;
    if (!keys.isStated(held)) return false;
    if (held.verb === 'delete' || keys.isWhole(held)) return true;
    if (keys.isWholeButLeft(held) && !this.leavesOf(held)) return true;
    return held.update !== null && keys.isWhole(shapeKey(held, held.update));
  }

  /** It leaves a field as it is that was to be stated, or cleared. */
  private leavesOf({ kind, verb, fields, leaves }: HeldSaying): boolean {
    const left = [...(this.left.get(kind) ?? [])];
    return left.some((name) => fields.includes(name) || (verb === 'replace' && !leaves.includes(name)));
  }
}

/** What of a record that is there a replace does not touch. */
function leftBy(command: RecordCommand): readonly string[] {
  const { wishes } = command;
  if (command.verb !== 'replace' || wishes === undefined) return [];
  const fields: Readonly<Record<string, unknown>> = { ...command.fields };
  return (wishes.leave ?? []).filter((name) => fields[name] === undefined);
}

/** A key of its own for what an update states of a record: its fields by name, and of lists that it adds to what it adds. */
function shapeKey(
  { kind, sourcedId }: Pick<RecordCommand, 'kind' | 'sourcedId'>,
  update: object,
): { readonly kind: ''; readonly sourcedId: string } {
  const command = update as RecordCommand;
  const lists = listChange(command);
  const fields = Object.entries(statesFields(command) ? command.fields : {}).map(([name, value]: [string, unknown]) => [
    name,
    lists === undefined ? null : entriesOf(value),
  ]);
  return { kind: '', sourcedId: JSON.stringify([kind, sourcedId, lists, fields.sort(byName)]) };
}

/** Entries of lists count as they are, attributes by their names. The database has the fields of an object in an order of its own. */
function entriesOf(value: unknown): unknown {
  if (Array.isArray(value))
    return value.map((each: unknown) => (isObject(each) ? Object.entries(each).sort(byName) : each));
  return isObject(value) ? Object.keys(value).sort() : null;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function byName([one]: readonly unknown[], [other]: readonly unknown[]): number {
  return String(one) < String(other) ? -1 : 1;
}
