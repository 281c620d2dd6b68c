import type { DeclaredRecord } from '../../../domain/outcome.ts';
import { courseOffering, courseSection, courseTemplate } from './course-record.ts';
import { group } from './group-record.ts';
import { membership } from './membership-record.ts';
import { person } from './person-record.ts';
import { sectionAssociation } from './section-association-record.ts';
import type { Tree } from '../../../formats/wsdl/index.ts';

/** A declared record as the content of `personRecord` and so on. */
export function recordTree(record: DeclaredRecord): Tree {
  const [object, tree] = rendered(record);
  return { sourcedGUID: { sourcedId: record.sourcedId }, [object]: tree };
}

/** The element of the object, and what stands in it. */
function rendered(record: DeclaredRecord): [string, Tree] {
  switch (record.entity) {
    case 'user':
      return ['person', person(record.fields)];
    case 'enrollment':
      return ['membership', membership(record.fields)];
    case 'association':
      return ['sectionAssociation', sectionAssociation(record.fields)];
    case 'org_unit':
      return renderedOrgUnit(record);
  }
}

function renderedOrgUnit({ kind, fields }: Extract<DeclaredRecord, { entity: 'org_unit' }>): [string, Tree] {
  if (kind === 'template') return ['courseTemplate', courseTemplate(fields)];
  if (kind === 'offering') return ['courseOffering', courseOffering(fields)];
  if (kind === 'section') return ['courseSection', courseSection(fields)];
  return ['group', group(fields)];
}
