import { courseOfferingSteps, courseSectionSteps, courseTemplateSteps } from './course.ts';
import { groupSteps } from './group.ts';
import { membershipSteps } from './membership.ts';
import { personSteps } from './person.ts';
import { type ImsRecord, targets } from '../../../formats/ims/index.ts';
import { sectionAssociationSteps } from './section-association.ts';

/** One kind of object of LIS: how it is called, what commands are about it, and how its record is read. */
export interface LisEntity {
  /** `CourseSection`, as in the names of its operations. */
  readonly name: keyof typeof targets;
  /** `courseSection`: its element; with `Record` behind, that of its record. */
  readonly element: string;
  readonly target: (typeof targets)[keyof typeof targets];
  /** The steps state the fields of `target`. */
  readonly steps: readonly { readonly name: string; read(record: ImsRecord, fields: object): void }[];
}

const entity = (name: keyof typeof targets, steps: LisEntity['steps']): LisEntity => ({
  name,
  element: name.charAt(0).toLowerCase() + name.slice(1),
  target: targets[name],
  steps,
});

export const person = entity('Person', personSteps);
export const group = entity('Group', groupSteps);
export const membership = entity('Membership', membershipSteps);
export const courseTemplate = entity('CourseTemplate', courseTemplateSteps);
export const courseOffering = entity('CourseOffering', courseOfferingSteps);
export const courseSection = entity('CourseSection', courseSectionSteps);
export const sectionAssociation = entity('SectionAssociation', sectionAssociationSteps);

export const entities = [
  person,
  group,
  membership,
  courseTemplate,
  courseOffering,
  courseSection,
  sectionAssociation,
] as const;
