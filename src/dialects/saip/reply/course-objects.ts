import type { AssociationFields, OrgUnitFields, ParentRole } from '../../../domain/entities.ts';
import { stated, type Tree } from '../../../formats/wsdl/index.ts';
import { extension, status, text, timeFrame } from './text.ts';

export function courseTemplate(fields: OrgUnitFields): Tree {
  return course(fields, ['label', 'courseNumber', 'defaultCredits'], { parentTemplateId: parentOf(fields, 'parent') });
}

export function courseOffering(fields: OrgUnitFields): Tree {
  return course(fields, ['label', 'defaultCredits'], {
    parentTemplateId: parentOf(fields, 'template'),
    academicSession: text(parentOf(fields, 'semester')),
    timeFrame: timeFrame(fields),
  });
}

export function courseSection(fields: OrgUnitFields): Tree {
  const most = fields.attributes?.maxNumberofStudents ?? '';
  return course(fields, ['label', 'defaultCredits', 'category'], {
    parentOfferingId: parentOf(fields, 'offering'),
    timeFrame: timeFrame(fields),
    ...(/^[+-]?\d+$/.test(most) ? { maxNumberofStudents: most } : {}),
  });
}

export function sectionAssociation(fields: AssociationFields): Tree {
  const { label, ...attributes } = { ...fields.attributes };
  const courseSectionId = stated(fields.sections) ?? [];
  return {
    label: text(label),
    title: text(stated(fields.name)),
    status: status(fields.active),
    courseSectionIdList: courseSectionId.length === 0 ? undefined : { courseSectionId },
    extension: extension(attributes),
  };
}

/** What all courses share, beside what is their own. An attribute with an element of its own goes there, the others into the extension. */
function course(fields: OrgUnitFields, texts: readonly string[], own: Tree): Tree {
  const { catalogDescription, ...attributes } = { ...fields.attributes };
  const long = stated(fields.description);
  const described = catalogDescription !== undefined || long !== undefined;
  const department = fields.parents?.find(({ role }) => role === 'department');
  const others = Object.entries(attributes).filter(([name]) => !texts.includes(name) && !(name in own));
  return {
    ...Object.fromEntries(texts.map((name) => [name, text(attributes[name])])),
    ...own,
    title: text(stated(fields.name)),
    catalogDescription: described ? { shortDescription: catalogDescription ?? '', longDescription: long } : undefined,
    status: status(fields.active),
    org: department && { orgName: department.name, id: department.sourcedId },
    extension: extension(Object.fromEntries(others)),
  };
}

function parentOf(fields: OrgUnitFields, role: ParentRole): string | undefined {
  return fields.parents?.find((parent) => parent.role === role)?.sourcedId;
}
