import type { RecordCommand } from '../../domain/command.ts';
import type { OrgUnitFields, OrgUnitWireKind, ParentReference } from '../../domain/entities.ts';
import { actionOf } from './action.ts';
import { type Row, shown } from './row.ts';
import { codeOf, codesOf, dateOf, flagOf, nameOf, parseFlag, requiredCode } from './values.ts';
import { isAtLeast } from './versions.ts';

/** What a row of a kind of org unit says beside its code and its name. What is not here is passed over, as D2L does. */
interface Reading {
  readonly kind: OrgUnitWireKind;
  readonly parents: (row: Row) => ParentReference[];
  /** `start_date`, `end_date` and `is_active` mean something. */
  readonly dated?: true;
  readonly discoverable?: true;
}

/** The literals of the column `type`: lower case, with a blank. */
const readings: ReadonlyMap<string, Reading> = new Map<string, Reading>([
  ['department', { kind: 'group', parents: customParents }],
  ['semester', { kind: 'group', parents: customParents, dated: true }],
  ['course template', { kind: 'template', parents: (row) => parent(row, 'department', 'department_code', 'group') }],
  [
    'course offering',
    {
      kind: 'offering',
      parents: (row) => [
        ...requiredParent(row, 'template', 'template_code'),
        ...parent(row, 'semester', 'semester_code', 'group'),
      ],
      dated: true,
      discoverable: true,
    },
  ],
  [
    'course section',
    { kind: 'section', parents: (row) => requiredParent(row, 'offering', 'offering_code'), dated: true },
  ],
]);

/** A type of the organization's own (`school`): "all other columns ignored". */
const custom: Reading = { kind: 'group', parents: customParents };

const typesElsewhere: ReadonlySet<string> = new Set(['user', 'enrollment']);

/** A row of a file of org units, as a wish; undefined = it is refused, see the row. */
export function orgUnitCommand(row: Row): RecordCommand | undefined {
  const type = row.required('type');
  const reading = type === undefined ? undefined : readingOf(row, type);
  const action = actionOf(row);
  const code = requiredCode(row, 'code');
  if (reading !== undefined && code !== undefined) row.about = { kind: reading.kind, sourcedId: code };
  if (type === undefined || reading === undefined || action === undefined) return undefined;
  const fields = action === 'DELETE' ? undefined : fieldsOf(row, type, reading, code);
  if (code === undefined || row.problems.length > 0) return undefined;
  const target = { entity: 'org_unit', kind: reading.kind, sourcedId: code } as const;
  // The line states all that the format can say of an org unit; CREATE and UPDATE both create what is unknown.
  return fields === undefined ? { ...target, verb: 'delete' } : { ...target, verb: 'replace', fields };
}

function fieldsOf(
  row: Row,
  type: string,
  { parents, dated, discoverable }: Reading,
  code: string | undefined,
): OrgUnitFields {
  const name = nameOf(row);
  const fields: OrgUnitFields = { type };
  if (code !== undefined) fields.code = code;
  if (name !== undefined) fields.name = name;
  const named = parents(row);
  if (named.length > 0) fields.parents = named;
  if (dated === true) {
    const active = flagOf(row, 'is_active', row.text('is_active'));
    if (active !== undefined) fields.active = active;
    fields.startsAt = dateOf(row, 'start_date');
    fields.endsAt = dateOf(row, 'end_date');
  }
  const discover = discoverable === true ? discoverOf(row) : undefined;
  if (discover !== undefined) fields.attributes = { discover };
  return fields;
}

function readingOf(row: Row, type: string): Reading | undefined {
  const known = readings.get(type);
  if (known !== undefined) return known;
  const lower = type.toLowerCase();
  if (lower !== type)
    row.refuse('type', 'invalid_data', `type is ${shown(type)}, and must be lower case: ${shown(lower)}.`);
  else if (typesElsewhere.has(type))
    row.refuse('type', 'invalid_data', `type is ${shown(type)}, but this is a file of org units.`);
  else if (!isAtLeast(row.table.version, '2.0')) {
    const known = [...readings.keys()].join(', ');
    row.refuse(
      'type',
      'invalid_data',
      `type is ${shown(type)}: version ${row.table.version} knows ${known}; types of one's own come with 2.0.`,
    );
  } else return custom;
  return undefined;
}

function customParents(row: Row): ParentReference[] {
  return codesOf(row, 'custom_code').map((sourcedId) => ({ role: 'parent', kind: 'group', sourcedId }));
}

function parent(row: Row, role: ParentReference['role'], column: string, kind: OrgUnitWireKind): ParentReference[] {
  const sourcedId = codeOf(row, column);
  return sourcedId === undefined ? [] : [{ role, kind, sourcedId }];
}

/** A course offering is made from a template, and a section lies in an offering: neither can be without. */
function requiredParent(row: Row, role: 'template' | 'offering', column: string): ParentReference[] {
  const sourcedId = requiredCode(row, column);
  return sourcedId === undefined ? [] : [{ role, kind: role, sourcedId }];
}

/** Whether people find the offering in the catalogue. What is no flag is told, and the row taken without it. */
function discoverOf(row: Row): string | undefined {
  const text = row.text('discover');
  const flag = text === undefined ? undefined : parseFlag(text);
  if (text !== undefined && flag === undefined)
    row.note(
      'discover',
      'invalid_data',
      `discover is ${shown(text)}, which is neither 1 nor 0, nor TRUE nor FALSE: it was left out.`,
    );
  return flag === undefined ? undefined : String(flag);
}
