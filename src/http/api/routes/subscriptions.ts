import { z } from 'zod';
import { plainMailAddress } from '../../../domain/mail-address.ts';
import { mailLanguages, mostSubscriptions, noticeEvents, type Subscription } from '../../../domain/notices.ts';
import { GatewayError } from '../../../domain/problem.ts';
import { describeIssues } from '../../../formats/json/index.ts';
import { isTimeZone } from '../quirks.ts';
import { route, type Route } from '../route.ts';
import { code, version } from '../schemas.ts';
import type { ApiServices } from '../services.ts';
import { problem } from './problem.ts';

const tag = 'Notifications';
const nameParam = z.strictObject({ name: code });

const shape = {
  sourceSystem: z.string().min(1).max(64).nullable().meta({
    description: 'A source system: its code, or the number of its id. null = all.',
    example: 'registrar',
  }),
  events: z
    .array(z.enum(noticeEvents))
    .min(1)
    .max(noticeEvents.length)
    .refine((events) => new Set(events).size === events.length, 'must name each event once')
    .meta({
      description:
        '`run_finished`, `run_failed`, `run_cancelled`: a run ended. `held`: a guard keeps something back. `source_silent`, `source_speaks_again`: a source system says nothing for longer than its calendar allows, and then does. `report_given_up`: the SIS could not be told of the end of a bulk data exchange.',
    }),
  email: z
    .string()
    .max(254)
    .regex(plainMailAddress, 'must be one plain e-mail address, such as it@example.edu')
    .nullable(),
  webhook: z
    .string()
    .max(2_000)
    .refine(isWebAddress, 'must be an https address, without user, password and fragment')
    .nullable()
    .meta({ description: 'The address that JSON is posted to, signed as Standard Webhooks 1.0 has it.' }),
  language: z.enum(mailLanguages).meta({ description: 'Of e-mails.' }),
  timeZone: z
    .string()
    .max(64)
    .refine(isTimeZone, 'must be the IANA name of a time zone, such as Europe/Paris')
    .meta({ description: 'Times in e-mails are said in it.', example: 'America/Toronto' }),
  enabled: z.boolean(),
};

const body = z
  .strictObject({
    ...shape,
    sourceSystem: shape.sourceSystem.default(null),
    events: shape.events.default([...noticeEvents]),
    email: shape.email.default(null),
    webhook: shape.webhook.default(null),
    language: shape.language.default('en'),
    timeZone: shape.timeZone.default('UTC'),
    enabled: shape.enabled.default(true),
  })
  .refine(({ email, webhook }) => (email === null) !== (webhook === null), {
    message: 'must name either an email or a webhook',
  });

const view = z
  .object({ name: code, ...shape, version })
  .meta({ id: 'NotificationSubscription', description: 'Who is told of what.' });

const secret = z.string().meta({
  description:
    'Shown this once: the key that webhooks are signed with (HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{body}`), as `whsec_` and base64.',
});

export const subscriptionRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/notification-subscriptions',
    tag,
    summary: 'List who is told of what',
    scope: 'admin:read',
    response: z.object({ items: z.array(view) }),
    handle: async ({ organizationId }, { notices }) => ({
      body: { items: (await notices.subscriptions.list(organizationId)).map(viewOf) },
    }),
  }),
  route({
    method: 'get',
    path: '/notification-subscriptions/{name}',
    tag,
    summary: 'Read who is told of what',
    scope: 'admin:read',
    params: nameParam,
    response: view,
    handle: async ({ organizationId, params }, { notices }) => {
      const found = await notices.subscriptions.get(organizationId, params.name);
      return { body: viewOf(found), version: found.version };
    },
  }),
  route({
    method: 'put',
    path: '/notification-subscriptions/{name}',
    tag,
    summary: 'Set who is told of what',
    description: `By e-mail, or at the address of a webhook: public ones need no permission, others only where the operator lists them (PASSERELLE_OUTBOUND_ALLOW). Of a webhook that is new, or moves to another host, a secret is made and answered this once. At most ${String(mostSubscriptions)} of one organization.`,
    scope: 'admin:write',
    versioned: true,
    params: nameParam,
    body,
    response: view.extend({ secret: secret.optional() }).meta({ id: 'NotificationSubscriptionSet' }),
    handle: async ({ editor, params, body: wish, expected }, services) => {
      const { subscriptions } = services.notices;
      const settings = await settingsOf(editor.organizationId, wish, services);
      const made = await subscriptions.put(editor, params.name, settings, expected.version);
      const found = await subscriptions.get(editor.organizationId, params.name);
      return { body: { ...viewOf(found), ...made }, version: found.version };
    },
  }),
  route({
    method: 'delete',
    path: '/notification-subscriptions/{name}',
    tag,
    summary: 'Tell somebody no more',
    description: 'What was not delivered yet is not delivered any more.',
    scope: 'admin:write',
    params: nameParam,
    handle: async ({ organizationId, params }, { notices }) => {
      await notices.subscriptions.remove(organizationId, params.name);
      return {};
    },
  }),
  route({
    method: 'post',
    path: '/notification-subscriptions/{name}/secret',
    tag,
    summary: 'Make another secret for a webhook',
    description: 'The former one signs nothing any more.',
    scope: 'admin:write',
    params: nameParam,
    response: z.object({ secret }),
    handle: async ({ editor, params }, { notices }) => ({
      body: { secret: await notices.subscriptions.renewSecret(editor, params.name) },
    }),
  }),
  route({
    method: 'post',
    path: '/notification-subscriptions/{name}/test',
    tag,
    summary: 'Send a test notification',
    description: 'At once and once, also where the subscription is switched off.',
    scope: 'admin:write',
    params: nameParam,
    response: z.object({
      sent: z.boolean(),
      problem: problem.nullable().meta({ description: 'Why it was not.' }),
    }),
    handle: async ({ organizationId, params }, { notices }) => {
      const { recipient, facts } = await notices.subscriptions.recipientOf(organizationId, params.name);
      const failed = await notices.test(recipient, facts);
      return { body: { sent: failed === undefined, problem: failed ?? null } };
    },
  }),
];

type Wish = z.output<typeof body>;

/** A subscription from elsewhere than this API, by the same rules. Throws GatewayError `invalid_request`. */
export function readSubscription(sent: unknown): Wish {
  const { success, data, error } = body.safeParse(sent);
  if (success) return data;
  const mistakes = describeIssues(error, sent).map(({ message }) => message);
  throw new GatewayError('invalid_request', mistakes.join(' '));
}

/** The source system by its id. */
export async function settingsOf(
  organizationId: number,
  { sourceSystem, ...settings }: Wish,
  { administration }: Pick<ApiServices, 'administration'>,
) {
  if (sourceSystem === null) return { ...settings, sourceSystemId: null };
  const { id } = await administration.sourceSystems.get(organizationId, sourceSystem);
  return { ...settings, sourceSystemId: id };
}

function viewOf({ sourceSystemId: _, events, ...subscription }: Subscription) {
  return { ...subscription, events: [...events] };
}

function isWebAddress(text: string): boolean {
  const url = URL.parse(text);
  return (
    url !== null &&
    (url.protocol === 'https:' || url.protocol === 'http:') &&
    url.username === '' &&
    url.password === '' &&
    url.hash === '' &&
    // What is no part of an address would be cut off, or escaped, and something else be called.
    !/[\s\p{Cc}]/u.test(text)
  );
}
