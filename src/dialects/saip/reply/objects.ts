import type { EnrollmentFields, OrgUnitFields, UserFields } from '../../../domain/entities.ts';
import type { DeclaredRecord } from '../../../domain/outcome.ts';
import { membershipIdType } from '../../../formats/ims/index.ts';
import { inSchemaOrder, stated, type Tree } from '../../../formats/wsdl/index.ts';
import { element, type XmlNode } from '../../../formats/xml/index.ts';
import { services } from '../contract/services.ts';
import type { ServiceCode } from '../contract/service.ts';
import { courseOffering, courseSection, courseTemplate, sectionAssociation } from './course-objects.ts';
import { extension, status, text, timeFrame } from './text.ts';

/** A declared record as an element of a file: the object itself, which repeats its sourcedId, in schema order. */
export function objectContent(record: DeclaredRecord): XmlNode {
  const { service, object } = rendered(record);
  const type = object.charAt(0).toUpperCase() + object.slice(1);
  return element(object, inSchemaOrder(services[service], type, objectTree(record)));
}

/** What stands in the element of a declared record. */
export function objectTree(record: DeclaredRecord): Tree {
  return { sourcedId: record.sourcedId, ...rendered(record).tree };
}

/** The little that tells who a person is. */
export function personCore({ sourcedId, fields }: Extract<DeclaredRecord, { entity: 'user' }>): Tree {
  const parts = [fields.givenName, fields.familyName].filter((part) => part != null).join(' ');
  const name = fields.formattedName ?? parts;
  return { sourcedId, formname: name === '' ? undefined : { formattedName: text(name) } };
}

interface Rendered {
  readonly service: ServiceCode;
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

function person(fields: UserFields): Tree {
  return {
    formname: fields.formattedName == null ? [] : [{ formattedName: text(fields.formattedName) }],
    name: [
      {
        partname: {
          firstname: stated(fields.givenName),
          nickname: stated(fields.nickname),
          familyname: stated(fields.familyName),
          givenname: stated(fields.givenName),
          prefix: stated(fields.namePrefix),
          suffix: stated(fields.nameSuffix),
          last: stated(fields.familyName),
          middle: stated(fields.middleName),
          surname: stated(fields.familyName),
        },
      },
    ],
    contactinfo: fields.email == null ? undefined : { email: fields.email },
    extension: extension({ ...fields.attributes }),
  };
}

function group(fields: OrgUnitFields): Tree {
  const { orgId, ...attributes } = { ...fields.attributes };
  return {
    groupType: { scheme: text('SAIP'), typevalue: [{ type: text(fields.type) }] },
    timeframe: timeFrame(fields),
    relationship: (fields.parents ?? [])
      .filter(({ role }) => role === 'parent')
      .map(({ sourcedId }) => ({ relationId: sourcedId, relation: 'Parent', sourcedId })),
    org: orgId === undefined ? undefined : { id: text(orgId) },
    description: {
      shortDescription: fields.shortName ?? fields.name ?? '',
      longDescription: stated(fields.description),
    },
    extension: extension(attributes),
  };
}

function membership(fields: EnrollmentFields): Tree {
  const { kind, sourcedId } = fields.orgUnit;
  const attributes = extension({ ...fields.attributes });
  return {
    CollectionSourcedID: sourcedId,
    membershipIdType: membershipIdType(kind),
    members: {
      sourcedId: fields.userSourcedId,
      idType: 'person',
      role: fields.roles.map((entry, index) => ({
        roleType: entry.role,
        subrole: entry.subRole,
        timeFrame: timeFrame(entry),
        status: status(entry.active),
        extension: index === 0 ? attributes : undefined,
      })),
    },
  };
}
