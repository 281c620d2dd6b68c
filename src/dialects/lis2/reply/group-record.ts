import type { OrgUnitFields } from '../../../domain/entities.ts';
import { stated, type Tree } from '../../../formats/wsdl/index.ts';
import { extension, text } from './text.ts';

export function group(fields: OrgUnitFields): Tree {
  const department = fields.parents?.find(({ role }) => role === 'department');
  return {
    groupType: { scheme: text('LIS2.0'), typevalue: [{ id: fields.type, type: text(fields.type) }] },
    timeframe: timeFrame(fields)[0],
    relationship: (fields.parents ?? [])
      .filter(({ role }) => role === 'parent')
      .map(({ sourcedId }) => ({ relationId: sourcedId, relation: 'Parent', sourcedId })),
    org: department && { orgName: text(department.name), id: text(department.sourcedId) },
    description: {
      shortDescription: fields.shortName ?? fields.name ?? '',
      longDescription: stated(fields.description),
    },
    extension: extension('http://www.imsglobal.org/lis/gmsv2p0/extensionvocabularyv1p0', fields.attributes),
  };
}

export function timeFrame({ startsAt, endsAt }: OrgUnitFields): Tree[] {
  return startsAt == null && endsAt == null ? [] : [{ begin: stated(startsAt), end: stated(endsAt) }];
}
