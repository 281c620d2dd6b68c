import { z } from 'zod';
import { type Freshness, type FreshnessCalendar, weekdays } from '../../../domain/freshness.ts';
import { GatewayError } from '../../../domain/problem.ts';
import { describeIssues } from '../../../formats/json/index.ts';
import { isTimeZone } from '../quirks.ts';
import { route, type Route } from '../route.ts';
import { instant, isoOrNull, sourceSystemParam, version } from '../schemas.ts';
import type { ApiServices } from '../services.ts';

const tag = 'Source systems';

const time = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day, such as 08:30');
const spans = z
  .array(
    z
      .strictObject({ from: z.iso.date(), to: z.iso.date() })
      .refine(({ from, to }) => from <= to, 'must begin before it ends'),
  )
  .min(1)
  .max(100);

const calendar = z
  .strictObject({
    maxSilenceMinutes: z.int().min(1).max(527_040).meta({
      description: 'So many minutes may pass without a message or a file, counting only the time below.',
    }),
    timeZone: z
      .string()
      .max(64)
      .refine(isTimeZone, 'must be the IANA name of a time zone, such as Europe/Paris')
      .default('UTC'),
    hours: z
      .strictObject({ from: time, to: z.union([time, z.literal('24:00')]) })
      .refine(({ from, to }) => from !== to, 'must end at another time than it begins')
      .optional()
      .meta({ description: 'The hours in which time counts; an end before the beginning lies in the next day.' }),
    weekdays: z
      .array(z.enum(weekdays))
      .min(1)
      .max(7)
      .optional()
      .meta({ description: 'The days on which time counts; absent = all.' }),
    terms: spans.optional().meta({ description: 'Dates between which time counts, both included; absent = always.' }),
    excluded: spans.optional().meta({ description: 'Dates on which no time counts, such as holidays.' }),
  })
  .meta({ id: 'FreshnessCalendar', description: 'How long a source system may be silent.' });

const view = z
  .object({
    ...calendar.shape,
    watchedFrom: instant,
    lastHeardAt: instant
      .nullable()
      .meta({ description: 'The last message or file that the watch knows of; it looks only when one is due.' }),
    silentSince: instant
      .nullable()
      .meta({ description: 'It has been silent for too long since then, and that was told.' }),
    silentAt: instant.nullable().meta({
      description:
        'It is silent for too long then, if nothing came since `lastHeardAt`; null: no time counts any more.',
    }),
    version,
  })
  .meta({ id: 'Freshness', description: 'How a source system is watched, and what was found.' });

export const freshnessRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/source-systems/{sourceSystem}/freshness',
    tag,
    summary: 'Read how long a source system may be silent, and whether it is',
    scope: 'admin:read',
    params: sourceSystemParam,
    response: view,
    handle: async (call, services) => answerOf(await sourceOf(call, services), services),
  }),
  route({
    method: 'put',
    path: '/source-systems/{sourceSystem}/freshness',
    tag,
    summary: 'Watch a source system',
    description:
      'When no message and no file has come from it for longer than its calendar allows, `source_silent` is told, once; and `source_speaks_again` when one comes.',
    scope: 'admin:write',
    versioned: true,
    params: sourceSystemParam,
    body: calendar,
    response: view,
    handle: async (call, services) => {
      const source = await sourceOf(call, services);
      requireTime(call.body, services);
      const { version: expected } = call.expected;
      const by = { actor: call.editor.actor, ...(expected === undefined ? {} : { expected }) };
      await services.notices.freshness.put(source, call.body, by);
      return answerOf(source, services);
    },
  }),
  route({
    method: 'delete',
    path: '/source-systems/{sourceSystem}/freshness',
    tag,
    summary: 'Watch a source system no more',
    scope: 'admin:write',
    params: sourceSystemParam,
    handle: async (call, services) => {
      await services.notices.freshness.remove(await sourceOf(call, services));
      return {};
    },
  }),
];

/** A calendar from elsewhere than this API, by the same rules. Throws GatewayError `invalid_request`. */
export function readCalendar(sent: unknown, services: Pick<ApiServices, 'notices'>): FreshnessCalendar {
  const { success, data, error } = calendar.safeParse(sent);
  if (!success) {
    const mistakes = describeIssues(error, sent).map(({ message }) => message);
    throw new GatewayError('invalid_request', mistakes.join(' '));
  }
  // What zod calls undefined is absent.
  const wish = data as FreshnessCalendar;
  requireTime(wish, services);
  return wish;
}

/** A calendar that never counts so much time would never tell anything. */
function requireTime(wish: FreshnessCalendar, { notices }: Pick<ApiServices, 'notices'>): void {
  if (notices.silentAt({ calendar: wish, watchedFrom: new Date(), heardAt: null }) !== null) return;
  throw new GatewayError(
    'invalid_request',
    'The hours, weekdays and terms of the calendar leave less time in the years to come than may pass in silence: nothing would ever be told.',
    { field: 'maxSilenceMinutes' },
  );
}

async function sourceOf(
  { organizationId, params }: { readonly organizationId: number; readonly params: { readonly sourceSystem: string } },
  { administration }: ApiServices,
) {
  const { id: sourceSystemId } = await administration.sourceSystems.get(organizationId, params.sourceSystem);
  return { organizationId, sourceSystemId };
}

async function answerOf(source: { organizationId: number; sourceSystemId: number }, { notices }: ApiServices) {
  const found = await notices.freshness.find(source);
  if (found === undefined) throw new GatewayError('not_found', 'The source system is not watched.');
  return { body: freshnessView(found, notices.silentAt(found)), version: found.version };
}

export function freshnessView(found: Freshness, silentAt: Date | null) {
  const { hours, weekdays: days, terms, excluded, ...always } = found.calendar;
  const copies = (each: readonly { from: string; to: string }[]) => each.map((span) => ({ ...span }));
  return {
    ...always,
    ...(hours === undefined ? {} : { hours: { ...hours } }),
    ...(days === undefined ? {} : { weekdays: [...days] }),
    ...(terms === undefined ? {} : { terms: copies(terms) }),
    ...(excluded === undefined ? {} : { excluded: copies(excluded) }),
    watchedFrom: found.watchedFrom.toISOString(),
    lastHeardAt: isoOrNull(found.heardAt),
    silentSince: isoOrNull(found.silentSince),
    silentAt: isoOrNull(silentAt),
    version: found.version,
  };
}
