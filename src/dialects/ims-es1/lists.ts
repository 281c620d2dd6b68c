import { defineTranslators } from '../../pipeline/plugins/index.ts';
import { group } from './translate/group.ts';
import { membership } from './translate/membership.ts';
import { person } from './translate/person.ts';

/** The extension points of IMS Enterprise Services 1.0, and the steps that read its records. */
export const { points: es1Points, steps: es1Steps } = defineTranslators([person, group, membership]);
