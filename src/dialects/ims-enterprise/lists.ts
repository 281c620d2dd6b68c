import { defineTranslators } from '../../pipeline/plugins/index.ts';
import { crossList } from './cross-list.ts';
import { group } from './group.ts';
import { membership } from './membership.ts';
import { person } from './person.ts';

/**
 * The extension points of IMS Enterprise, and the steps that read its records. Which sections join and leave a cross-list
 * is no record of its own: it stands in the members of a membership, and is always read.
 */
export const { points: enterprisePoints, steps: enterpriseSteps } = defineTranslators([
  person,
  group,
  membership,
  crossList,
]);
