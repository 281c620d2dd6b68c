import { defineTranslators } from '../../pipeline/plugins/index.ts';
import { sectionAssociation } from './translate/association.ts';
import { membership } from './translate/membership.ts';
import { courseOffering, courseSection, courseTemplate, group } from './translate/org-units.ts';
import { person } from './translate/person.ts';

/** The extension points of PeopleSoft SAIP, and the steps that read its records; those of a snapshot are read by the same. */
export const { points: saipPoints, steps: saipSteps } = defineTranslators([
  person,
  group,
  membership,
  courseTemplate,
  courseOffering,
  courseSection,
  sectionAssociation,
]);
