import { literalOrgUnitTypes, type OrgUnitFields, type ParentReference } from '../../domain/entities.ts';
import { extensionAttributes } from './extension.ts';
import { groupKind, type GroupKind } from './group-kind.ts';
import {
  boundedId,
  flagOf,
  missing,
  type Reading,
  sourcedIdOf,
  state,
  stateAttribute,
  type Step,
  timeFrameOf,
} from './record.ts';
import { attributeOf, child, children, foldedWord, textOf } from './values.ts';

type GroupStep = Step<Partial<OrgUnitFields>>;

/** The parts of a group: every org unit, courses and sections included. */
const steps: readonly GroupStep[] = [
  {
    // Templates, offerings and sections have the type that LIS has no word for; others the SIS's own word.
    name: 'base',
    read({ sourcedId }, fields) {
      fields.code = sourcedId;
    },
  },
  {
    name: 'type',
    required: true,
    read({ object, sourcedId, partial, at }, fields) {
      const { kind, type } = groupKind(object, sourcedId);
      if (kind !== 'group') fields.type = literalOrgUnitTypes[kind];
      else if (type !== undefined) fields.type = type;
      else if (!partial) throw missing('The type of the group', `${at}/grouptype/typevalue`);
    },
  },
  {
    name: 'description',
    read(record, fields) {
      const { kind, luminis } = groupKind(record.object, record.sourcedId);
      const description = child(record.object, 'description');
      const [short, long, full] = ['short', 'long', 'full'].map((name) => textOf(child(description, name)));
      if (kind === 'section' && luminis) describeSection(fields, short, long, full);
      else {
        state(fields, 'name', long ?? short ?? full);
        state(fields, 'shortName', short);
        state(fields, 'description', full);
      }
      if (!record.partial && fields.name === undefined)
        throw missing('The name of the group', `${record.at}/description/short`);
    },
  },
  {
    name: 'dates',
    read({ object, at, quirks }, fields) {
      const { startsAt, endsAt, ...others } = timeFrameOf(object, at, quirks);
      state(fields, 'startsAt', startsAt);
      state(fields, 'endsAt', endsAt);
      for (const [name, value] of Object.entries(others)) stateAttribute(fields, name, value);
    },
  },
  {
    name: 'relationships',
    read(record, fields) {
      const kind = groupKind(record.object, record.sourcedId);
      children(record.object, 'relationship').forEach((relationship, index) => {
        const at = `${record.at}/relationship[${index + 1}]`;
        const sourcedId = sourcedIdOf(relationship, at, record.quirks);
        const label = foldedWord(textOf(child(relationship, 'label')));
        const relation = foldedWord(attributeOf(relationship, 'relation'));
        if (relation === '1' || relation === 'parent') addParent(fields, parentOf(kind, label, sourcedId));
        else stateAttribute(fields, `relationship[${index + 1}]`, [relation, label, sourcedId].join(' ').trim());
      });
    },
  },
  {
    // The name of a department alone names no org unit that could ever come.
    name: 'organization',
    read({ object, at, quirks }, fields) {
      const org = child(object, 'org');
      const name = textOf(child(org, 'orgname')) ?? textOf(child(org, 'orgunit'));
      const id = textOf(child(org, 'id'));
      stateAttribute(fields, 'orgUnit', textOf(child(org, 'orgunit')));
      if (id === undefined || hasDepartment(fields)) return;
      const sourcedId = boundedId(id, `${at}/org/id`, quirks);
      addParent(fields, { role: 'department', kind: 'group', sourcedId, ...(name === undefined ? {} : { name }) });
    },
  },
  {
    name: 'enrollment control',
    attributesOnly: true,
    read({ object }, fields) {
      const control = child(object, 'enrollcontrol');
      stateAttribute(fields, 'enrollAccept', flagOf(textOf(child(control, 'enrollaccept'))));
      stateAttribute(fields, 'enrollAllowed', flagOf(textOf(child(control, 'enrollallowed'))));
    },
  },
  {
    name: 'addresses',
    attributesOnly: true,
    read({ object }, fields) {
      stateAttribute(fields, 'email', textOf(child(object, 'email')));
      stateAttribute(fields, 'url', textOf(child(object, 'url')));
    },
  },
  extensionAttributes,
];

export const group: Reading<Partial<OrgUnitFields>> = {
  point: 'translate.ims-enterprise.group',
  what: 'a group of IMS Enterprise 1.1: an org unit of any kind, courses and sections among them',
  steps,
};

/** Luminis writes the CRN into `short`, the label of the section into `long`, and the title into `full`. */
function describeSection(
  fields: Partial<OrgUnitFields>,
  short: string | undefined,
  long: string | undefined,
  full: string | undefined,
): void {
  state(fields, 'name', full ?? long ?? short);
  state(fields, 'shortName', full === undefined ? short : (long ?? short));
  stateAttribute(fields, 'crn', short);
}

/** By the label of the relationship. In Luminis a section lies below its course in the catalogue, else below its offering. */
function parentOf({ kind, luminis }: GroupKind, label: string, sourcedId: string): ParentReference {
  switch (label) {
    case 'term':
    case 'semester':
    case 'session':
      return { role: 'semester', kind: 'group', sourcedId };
    case 'department':
      return { role: 'department', kind: 'group', sourcedId };
    case 'coursetemplate':
      return { role: 'template', kind: 'template', sourcedId };
    case 'courseoffering':
      return { role: 'offering', kind: 'offering', sourcedId };
    case 'course':
      return luminis || kind === 'offering'
        ? { role: 'template', kind: 'template', sourcedId }
        : { role: 'offering', kind: 'offering', sourcedId };
    default:
      return { role: 'parent', kind: null, sourcedId };
  }
}

function hasDepartment({ parents }: Partial<OrgUnitFields>): boolean {
  return parents?.some(({ role }) => role === 'department') ?? false;
}

function addParent(fields: Partial<OrgUnitFields>, parent: ParentReference): void {
  (fields.parents ??= []).push(parent);
}
