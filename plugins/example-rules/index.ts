import { definePlugin, pluginApiVersion } from 'passerelle';
import { emailDomain } from './email-domain.ts';
import { personAlias } from './person-alias.ts';

/** A rule and a step of a translator: the examples of the plug-in author's guide. */
export const plugin = definePlugin({
  name: 'example-rules',
  apiVersion: pluginApiVersion,
  handlers: [emailDomain],
  translators: [personAlias],
});
