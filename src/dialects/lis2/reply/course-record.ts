import type { OrgUnitFields, ParentRole } from '../../../domain/entities.ts';
import { timeFrame } from './group-record.ts';
import { stated, type Tree } from '../../../formats/wsdl/index.ts';
import { extension, text } from './text.ts';

export function courseTemplate(fields: OrgUnitFields): Tree {
  return withAttributes(fields, ['label', 'courseNumber', 'defaultCredits'], []);
}

export function courseOffering(fields: OrgUnitFields): Tree {
  return {
    ...withAttributes(fields, ['label', 'defaultCredits'], []),
    parentTemplateId: parentOf(fields, 'template'),
    academicSession: text(parentOf(fields, 'semester')),
    timeFrame: timeFrame(fields),
  };
}

export function courseSection(fields: OrgUnitFields): Tree {
  return {
    ...withAttributes(
      fields,
      ['label', 'defaultCredits', 'category', 'location', 'notes', 'meeting'],
      ['maxNumberofStudents', 'numberofStudents'],
    ),
    parentOfferingId: parentOf(fields, 'offering'),
    academicSession: text(parentOf(fields, 'semester')),
    timeFrame: timeFrame(fields),
  };
}

/** What all course objects share; an attribute with an element of its own goes there, the others into the extension. */
function withAttributes(fields: OrgUnitFields, asText: readonly string[], asNumber: readonly string[]): Tree {
  const { catalogDescription, ...attributes } = { ...fields.attributes };
  const tree: Record<string, string | Tree | undefined> = {};
  for (const name of asText) tree[name] = text(take(attributes, name));
  for (const name of asNumber) if (/^[+-]?\d+$/.test(attributes[name] ?? '')) tree[name] = take(attributes, name);
  return {
    ...tree,
    title: text(stated(fields.name)),
    catalogDescription: description(catalogDescription, stated(fields.description)),
    status: fields.active == null ? undefined : fields.active ? 'Active' : 'Inactive',
    org: department(fields),
    extension: extension('http://www.imsglobal.org/lis/cmsv1p0/extensionvocabularyv1p0', attributes),
  };
}

function description(shortDescription: string | undefined, longDescription: string | undefined): Tree | undefined {
  if (shortDescription === undefined && longDescription === undefined) return undefined;
  return { shortDescription: text(shortDescription ?? ''), longDescription: text(longDescription) };
}

function department(fields: OrgUnitFields): Tree | undefined {
  const parent = fields.parents?.find(({ role }) => role === 'department');
  return parent && { orgName: text(parent.name), id: text(parent.sourcedId) };
}

function parentOf(fields: OrgUnitFields, role: ParentRole): string | undefined {
  return fields.parents?.find((parent) => parent.role === role)?.sourcedId;
}

function take(attributes: Record<string, string | undefined>, name: string): string | undefined {
  const value = attributes[name];
  Reflect.deleteProperty(attributes, name);
  return value;
}
