import type { RecordCommand, Tombstone, Wishes } from '../../../domain/command.ts';
import type { EntityKind, RelationKind, WireKind } from '../../../domain/entities.ts';

/** A declared row as it was before a run. */
export interface FormerRow {
  readonly entity: EntityKind;
  readonly kind: WireKind;
  readonly sourced_id: string;
  readonly before: Image | null;
}

interface Image extends Tombstone {
  messageId: string | null;
  deleted: boolean;
  released?: boolean;
  onDelete?: 'inactivate' | 'delete' | null;
  leaving?: 'inactive' | 'active';
  /** null = for good. */
  leavingUntil?: string | null;
  /** It was not in the LMS. */
  unlinked?: true;
  /** Who named a person, and by which relations: they were forgotten with that person. */
  naming?: readonly { readonly kind: RelationKind; readonly sourcedId: string }[];
}

/** The row itself, and what others said of it. */
export function commandsOf(row: FormerRow): RecordCommand[] {
  const named = (row.before?.naming ?? []).map(({ kind, sourcedId }): RecordCommand => {
    const fields = { relations: [{ kind, sourcedId: row.sourced_id }] };
    return { entity: 'user', kind: 'person', sourcedId, verb: 'update', mustExist: true, lists: 'add', fields };
  });
  return [commandOf(row), ...named];
}

/** Declares the row as it was. What was not there is deleted. */
export function commandOf({ entity, kind, sourced_id: sourcedId, before }: FormerRow): RecordCommand {
  const key = { entity, kind, sourcedId };
  const wasThere = before !== null && !before.deleted && before.released !== true && before.implied !== true;
  const unlinks = unlinking(entity, before);
  if (!wasThere)
    return {
      ...key,
      verb: 'delete',
      tombstone: tombstoneOf(entity, kind, before),
      ...wishing({ ...lmsWish(before), ...unlinks }),
    } as RecordCommand;
  const { kept = [], leaving, leavingUntil = null } = before;
  const wishes = {
    ...(entity === 'enrollment' ? {} : { restores: true }),
    ...(kept.length === 0 ? {} : { keep: kept }),
    ...(leaving === undefined ? {} : { leaves: { meanwhile: leaving, until: leavingUntil } }),
    ...unlinks,
  };
  // The image of a row is what the row declares.
  return { ...key, verb: 'replace', fields: fieldsOf(entity, before), ...wishing(wishes) } as RecordCommand;
}

function wishing(wishes: object): { wishes?: object } {
  return Object.keys(wishes).length === 0 ? {} : { wishes };
}

/** What was not in the LMS before is not known there again. What others need as well may be there by now for their sake. */
function unlinking(entity: EntityKind, before: Image | null): Pick<Wishes, 'unlinks'> {
  if (entity === 'enrollment') return {};
  if (before === null) return { unlinks: 'always' };
  if (before.unlinked !== true) return {};
  return {
    unlinks: before.implied !== true && (before.deleted || before.released === true) ? 'always' : 'as_declared',
  };
}

/** What was not there states nothing: a deleted membership with roles may go on to support the course offering of its section. */
function tombstoneOf(entity: EntityKind, kind: WireKind, before: Image | null): Tombstone {
  if (before === null && entity === 'enrollment') return { roles: [] };
  // A section may bring it as a placeholder, as if the run had never been.
  if (before === null) return isBrought(kind) ? { implied: true } : {};
  const {
    messageId: _message,
    deleted: _deleted,
    released: _released,
    onDelete: _onDelete,
    unlinked: _unlinked,
    naming: _naming,
    ...stated
  } = before;
  return entity === 'enrollment' ? { attributes: null, ...stated } : stated;
}

function lmsWish(before: Image | null): Pick<Wishes, 'lms'> {
  const lms = before?.released === true ? 'leave' : before?.onDelete;
  return lms == null ? {} : { lms };
}

function fieldsOf(entity: EntityKind, before: Image): Record<string, unknown> {
  const { fields = {}, parents = [], sections = [], userSourcedId, orgUnit, roles, attributes } = before;
  switch (entity) {
    case 'user':
      return fields;
    case 'org_unit':
      return { ...fields, ...(parents.length === 0 ? {} : { parents }) };
    case 'association': {
      const { type: _type, ...stated } = fields;
      return { ...stated, sections };
    }
    case 'enrollment':
      return { userSourcedId, orgUnit, roles, ...(attributes == null ? {} : { attributes }) };
  }
}

function isBrought(kind: WireKind): boolean {
  return kind === 'group' || kind === 'template' || kind === 'offering';
}
