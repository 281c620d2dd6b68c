import type { EntityKind, WireKind } from '../../../domain/entities.ts';
import { courseOfferingSteps, courseSectionSteps, courseTemplateSteps } from './course.ts';
import { groupSteps } from './group.ts';
import { membershipSteps } from './membership.ts';
import { personSteps } from './person.ts';
import type { ImsRecord } from '../../../formats/ims/index.ts';
import { sectionAssociationSteps } from './section-association.ts';

/** One kind of object of LIS: how it is called, what commands are about it, and how its record is read. */
export interface LisEntity {
  /** `CourseSection`, as in the names of its operations. */
  readonly name: string;
  /** `courseSection`: its element; with `Record` behind, that of its record. */
  readonly element: string;
  readonly target: { readonly entity: EntityKind; readonly kind: WireKind };
  /** The steps state the fields of `target`. */
  readonly steps: readonly { readonly name: string; read(record: ImsRecord, fields: object): void }[];
}

const entity = (name: string, entityKind: EntityKind, kind: WireKind, steps: LisEntity['steps']): LisEntity => ({
  name,
  element: name.charAt(0).toLowerCase() + name.slice(1),
  target: { entity: entityKind, kind },
  steps,
});

export const person = entity('Person', 'user', 'person', personSteps);
export const group = entity('Group', 'org_unit', 'group', groupSteps);
export const membership = entity('Membership', 'enrollment', 'membership', membershipSteps);
export const courseTemplate = entity('CourseTemplate', 'org_unit', 'template', courseTemplateSteps);
export const courseOffering = entity('CourseOffering', 'org_unit', 'offering', courseOfferingSteps);
export const courseSection = entity('CourseSection', 'org_unit', 'section', courseSectionSteps);
export const sectionAssociation = entity('SectionAssociation', 'association', 'association', sectionAssociationSteps);

export const entities = [
  person,
  group,
  membership,
  courseTemplate,
  courseOffering,
  courseSection,
  sectionAssociation,
] as const;
