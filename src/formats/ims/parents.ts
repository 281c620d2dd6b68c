import type { OrgUnitFields, ParentReference, ParentRole } from '../../domain/entities.ts';
import type { OrgUnitWireKind } from '../../domain/entities.ts';
import { malformed, missing, type ImsRecord } from './record.ts';
import { sourcedIdOf, unpadded } from './sourced-id.ts';
import { adminPeriodOf } from './time-frame.ts';
import { child, children, textOf, valueOf } from './values.ts';

/** The department: `org/id`, else `org/orgUnit`; the name alone is better than nothing. */
export const departmentParent = {
  name: 'department',
  read(record: ImsRecord, fields: Partial<OrgUnitFields>): void {
    const org = child(record.object, 'org');
    const name = textOf(child(org, 'orgName'));
    const sourcedId =
      sourcedIdOf(child(org, 'id'), `${record.at}/org/id`, record.quirks) ??
      known(textOf(child(org, 'orgUnit')) ?? name, record);
    if (sourcedId !== undefined)
      addParent(fields, { role: 'department', kind: 'group', sourcedId, ...(name === undefined ? {} : { name }) });
  },
};

/** The relationships of a group that say Parent; those to children and siblings say nothing of the group itself. */
export const relatedParents = {
  name: 'parents',
  read(record: ImsRecord, fields: Partial<OrgUnitFields>): void {
    children(record.object, 'relationship').forEach((relationship, index) => {
      if (valueOf(child(relationship, 'relation'))?.toLowerCase() !== 'parent') return;
      const at = `${record.at}/relationship[${index + 1}]/sourcedId`;
      const sourcedId = sourcedIdOf(child(relationship, 'sourcedId'), at, record.quirks);
      if (sourcedId === undefined) throw missing('The parent', at);
      if (sourcedId === record.sourcedId) throw malformed('A group is not its own parent', sourcedId, at);
      addParent(fields, { role: 'parent', kind: null, sourcedId });
    });
  },
};

/** The term: `academicSession`, else the `adminPeriod` of the time frame. */
export const semesterParent = {
  name: 'semester',
  read(record: ImsRecord, fields: Partial<OrgUnitFields>): void {
    const at = `${record.at}/academicSession`;
    const sourcedId =
      sourcedIdOf(child(record.object, 'academicSession'), at, record.quirks) ??
      known(adminPeriodOf(record.object), record);
    if (sourcedId !== undefined) addParent(fields, { role: 'semester', kind: 'group', sourcedId });
  },
};

/** A parent named by an element of its own: `parentTemplateId`, `parentOfferingId`. */
export function courseParent(element: string, role: ParentRole, kind: OrgUnitWireKind) {
  return {
    name: role,
    read(record: ImsRecord, fields: Partial<OrgUnitFields>): void {
      const sourcedId = sourcedIdOf(child(record.object, element), `${record.at}/${element}`, record.quirks);
      if (sourcedId !== undefined) addParent(fields, { role, kind, sourcedId });
    },
  };
}

export function addParent(fields: Partial<OrgUnitFields>, parent: ParentReference): void {
  (fields.parents ??= []).push(parent);
}

/** A text that stands for the id of an org unit, as this gateway knows ids. */
function known(text: string | undefined, { quirks }: ImsRecord): string | undefined {
  return text && unpadded(text, quirks.trimPadding);
}
