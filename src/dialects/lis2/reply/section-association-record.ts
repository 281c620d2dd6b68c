import type { AssociationFields } from '../../../domain/entities.ts';
import { stated, type Tree } from '../../../formats/wsdl/index.ts';
import { extension, text } from './text.ts';

export function sectionAssociation(fields: AssociationFields): Tree {
  const { label, ...attributes } = { ...fields.attributes };
  const courseSectionId = stated(fields.sections) ?? [];
  return {
    label: text(label),
    title: text(stated(fields.name)),
    status: fields.active == null ? undefined : fields.active ? 'Active' : 'Inactive',
    courseSectionIdList: courseSectionId.length === 0 ? undefined : { courseSectionId },
    extension: extension('http://www.imsglobal.org/lis/cmsv1p0/extensionvocabularyv1p0', attributes),
  };
}
