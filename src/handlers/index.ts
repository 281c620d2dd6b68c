import { definePlugin, type Plugin, pluginApiVersion } from '../pipeline/plugins/index.ts';
import type { Handler } from '../pipeline/ports.ts';
import { associations, enrollments, sections } from './engine/courses.ts';
import { declaring } from './engine/declaring.ts';
import { limitLengths } from './limit-lengths.ts';
import { noteDates } from './note-dates.ts';
import { passwordRule } from './password-rule.ts';
import { refuseSelfReference } from './refuse-self-reference.ts';
import { rejectUnmapped } from './reject-unmapped.ts';
import { requireParents } from './require-parents.ts';
import { copyCourse } from './rules/copy-course.ts';
import { defaults } from './rules/defaults.ts';
import { dependants } from './rules/dependants.ts';
import { noUpdate } from './rules/no-update.ts';
import { relations } from './rules/relations.ts';
import { validation } from './rules/validate.ts';

export { handlePoints } from './lists.ts';

/** What nobody can take out of a list: run on every command, after the lists of its extension point. */
export const shippedHandlers: readonly Handler[] = [
  limitLengths,
  passwordRule,
  refuseSelfReference,
  requireParents,
  rejectUnmapped,
  noteDates,
];

/** The handlers that lists are made of, as a plug-in like any other. */
export const shippedRules: Plugin = definePlugin({
  name: 'passerelle',
  apiVersion: pluginApiVersion,
  handlers: [
    ...declaring,
    ...sections,
    ...associations,
    ...enrollments,
    ...validation,
    ...defaults,
    copyCourse,
    ...noUpdate,
    ...dependants,
    ...relations,
  ],
});
