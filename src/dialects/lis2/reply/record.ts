import type { DeclaredRecord } from '../../../domain/outcome.ts';
import { element, type XmlNode } from '../../../formats/xml/index.ts';
import { services } from '../contract/services.ts';
import type { ServiceCode } from '../contract/service.ts';
import { courseOffering, courseSection, courseTemplate } from './course-record.ts';
import { group } from './group-record.ts';
import { membership } from './membership-record.ts';
import { person } from './person-record.ts';
import { sectionAssociation } from './section-association-record.ts';
import { inSchemaOrder, type Tree } from './tree.ts';

/** A declared record as the content of a read response: `personRecord` and so on, in schema order. */
export function recordContent(record: DeclaredRecord): XmlNode[] {
  const { service, object, tree } = rendered(record);
  const type = `${object.charAt(0).toUpperCase()}${object.slice(1)}Record`;
  const content = { sourcedGUID: { sourcedId: record.sourcedId }, [object]: tree };
  return [element(`${object}Record`, inSchemaOrder(services[service], type, content))];
}

interface Rendered {
  readonly service: ServiceCode;
  /** The element, which also names the record and its type. */
  readonly object: string;
  readonly tree: Tree;
}

function rendered(record: DeclaredRecord): Rendered {
  switch (record.entity) {
    case 'user':
      return { service: 'pms', object: 'person', tree: person(record.fields) };
    case 'enrollment':
      return { service: 'mms', object: 'membership', tree: membership(record.fields) };
    case 'association':
      return { service: 'cms', object: 'sectionAssociation', tree: sectionAssociation(record.fields) };
    case 'org_unit':
      return renderedOrgUnit(record);
  }
}

function renderedOrgUnit({ kind, fields }: Extract<DeclaredRecord, { entity: 'org_unit' }>): Rendered {
  if (kind === 'template') return { service: 'cms', object: 'courseTemplate', tree: courseTemplate(fields) };
  if (kind === 'offering') return { service: 'cms', object: 'courseOffering', tree: courseOffering(fields) };
  if (kind === 'section') return { service: 'cms', object: 'courseSection', tree: courseSection(fields) };
  return { service: 'gms', object: 'group', tree: group(fields) };
}
