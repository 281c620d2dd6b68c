import { z } from 'zod';
import { runStates } from '../../../domain/run.ts';
import { route, type Route } from '../route.ts';
import { pageOf, pageQuery, sourcedId, sourceFilter, wireKind } from '../schemas.ts';
import { itemLines } from './runs/item-lines.ts';
import { problemLines } from './runs/problem-lines.ts';
import { runEvents } from './runs/run-events.ts';
import { hold, item, mode, operation, options, problemCode, run, runProblem, severity } from './runs/schemas.ts';

const runParam = z.strictObject({ id: z.string().min(1).max(64) });
const itemFilter = z.strictObject({
  operation: operation.optional(),
  kind: wireKind.optional(),
  sourcedId: sourcedId.optional(),
  noteworthy: z.literal('true').optional().meta({ description: 'Only items that are not simply done.' }),
});
const problemFilter = z.strictObject({ severity: severity.optional(), code: problemCode.optional() });
const tag = 'Runs';

const decisions = {
  approve: {
    summary: 'Approve a hold',
    description: 'Its items are applied, but for those whose record somebody else declared anew meanwhile.',
  },
  discard: { summary: 'Discard a hold', description: 'Its items are never applied.' },
} as const;

const controls = {
  pause: {
    summary: 'Pause a run',
    description: 'One that is being read begins anew when it goes on. Runs behind it wait.',
  },
  cancel: {
    summary: 'Cancel a run',
    description: 'What it has applied stays. Of a run of messages the rest is held again, to be decided anew.',
  },
} as const;

export const runRoutes: readonly Route[] = [
  route({
    method: 'post',
    path: '/runs',
    tag,
    summary: 'Request a run',
    description: 'Of an upload that is complete. Runs of one source system go one after the other.',
    scope: 'messages:write',
    body: z.strictObject({
      sourceSystem: z.string().min(1).max(64),
      upload: z.string().max(64).meta({ description: 'The id of the upload.' }),
      mode: mode.default('apply'),
      ...options.omit({ only: true }).shape,
    }),
    status: 202,
    response: run,
    handle: async ({ editor, body: { sourceSystem, upload, mode: wished, ...given } }, { administration }) => ({
      body: await administration.runs.request(editor, {
        sourceSystem,
        uploadId: upload,
        mode: wished,
        options: given,
      }),
    }),
  }),
  route({
    method: 'get',
    path: '/runs',
    tag,
    summary: 'List runs',
    description: 'The latest first.',
    scope: 'messages:read',
    query: sourceFilter
      .pick({ sourceSystem: true })
      .extend(pageQuery.shape)
      .extend({ state: z.enum(runStates).optional() }),
    response: pageOf(run),
    handle: async ({ organizationId, query: { limit, after, ...filter } }, { administration }) => ({
      body: await administration.runs.list(organizationId, filter, {
        limit,
        ...(after === undefined ? {} : { after }),
      }),
    }),
  }),
  route({
    method: 'get',
    path: '/runs/{id}',
    tag,
    summary: 'Read a run',
    scope: 'messages:read',
    params: runParam,
    response: run,
    handle: async ({ organizationId, params: { id } }, { administration }) => ({
      body: await administration.runs.get(organizationId, id),
    }),
  }),
  route({
    method: 'get',
    path: '/runs/{id}/events',
    tag,
    summary: 'Watch a run',
    description:
      'Server-sent events: `run`, with the run as `GET /runs/{id}` answers it, now and whenever it has changed; `end` when there is nothing more to come. A client that reconnects begins with the run as it is then.',
    scope: 'messages:read',
    params: runParam,
    downloads: 'text/event-stream',
    handle: async ({ organizationId, params: { id } }, { administration: { runs } }) => {
      // One that is not there is refused before anything is streamed.
      await runs.get(organizationId, id);
      return { download: { type: 'text/event-stream', text: runEvents(runs.follow(organizationId, id)) } };
    },
  }),
  route({
    method: 'get',
    path: '/runs/{id}/items',
    tag,
    summary: 'Browse the plan of a run',
    description:
      'What differs from what was declared, in the order of the files. What does not differ is only counted. Of a filter that little matches, a page may have fewer items than `limit`, or none, and a `next` all the same: go on until there is none.',
    scope: 'messages:read',
    params: runParam,
    query: pageQuery.extend(itemFilter.shape).extend({
      effects: z.literal('true').optional().meta({ description: 'Also what each item would do in the LMS now.' }),
    }),
    response: pageOf(item),
    handle: async ({ organizationId, params: { id }, query }, { administration }) => {
      const { limit, after, noteworthy, effects, ...filter } = query;
      const wanted = {
        ...filter,
        ...(noteworthy === undefined ? {} : { noteworthy: true as const }),
        ...(effects === undefined ? {} : { effects: true as const }),
      };
      const page = { limit, ...(after === undefined ? {} : { after }) };
      return { body: await administration.runs.items(organizationId, id, wanted, page) };
    },
  }),
  route({
    method: 'get',
    path: '/runs/{id}/items.csv',
    tag,
    summary: 'Download the plan of a run with its outcomes',
    description:
      'All that differs from what was declared, with what became of it, as CSV in UTF-8: `outcome` is `done` where there is nothing to tell, and empty where it was not applied. Kept as long as messages are. Cells that a spreadsheet would take for a formula begin with an apostrophe.',
    scope: 'messages:read',
    params: runParam,
    query: itemFilter,
    downloads: 'text/csv',
    handle: async ({ organizationId, params: { id }, query: { noteworthy, ...filter } }, { administration }) => {
      await administration.runs.get(organizationId, id);
      const wanted = { ...filter, ...(noteworthy === undefined ? {} : { noteworthy: true as const }) };
      const pages = (after?: string) =>
        administration.runs.items(organizationId, id, wanted, {
          limit: 1_000,
          ...(after === undefined ? {} : { after }),
        });
      const download = { type: 'text/csv; charset=utf-8', fileName: `items-${id}.csv`, text: itemLines(pages) };
      return { download };
    },
  }),
  route({
    method: 'get',
    path: '/runs/{id}/problems',
    tag,
    summary: 'List the problems of a run',
    description: 'All of them; first what is missing and the most records wait for.',
    scope: 'messages:read',
    params: runParam,
    query: pageQuery.extend(problemFilter.shape),
    response: pageOf(runProblem),
    handle: async ({ organizationId, params: { id }, query: { limit, after, ...filter } }, { administration }) => ({
      body: await administration.runs.problems(organizationId, id, filter, {
        limit,
        ...(after === undefined ? {} : { after }),
      }),
    }),
  }),
  route({
    method: 'get',
    path: '/runs/{id}/problems.csv',
    tag,
    summary: 'Download the problems of a run',
    description:
      'All of them as CSV in UTF-8. Cells that a spreadsheet would take for a formula begin with an apostrophe.',
    scope: 'messages:read',
    params: runParam,
    query: problemFilter,
    downloads: 'text/csv',
    handle: async ({ organizationId, params: { id }, query }, { administration }) => {
      await administration.runs.get(organizationId, id);
      const pages = (after?: string) =>
        administration.runs.problems(organizationId, id, query, {
          limit: 1_000,
          ...(after === undefined ? {} : { after }),
        });
      const download = { type: 'text/csv; charset=utf-8', fileName: `problems-${id}.csv`, text: problemLines(pages) };
      return { download };
    },
  }),
  route({
    method: 'post',
    path: '/runs/{id}/rollback',
    tag,
    summary: 'Take a run back',
    description:
      'Requests a run that declares what the other one changed as it was before. What somebody else has declared since stays, and is told. Guarded like any run.',
    scope: 'messages:write',
    params: runParam,
    body: z.strictObject({
      mode: z.enum(['plan', 'apply']).default('apply'),
      only: z.array(sourcedId).min(1).max(10_000).optional().meta({
        description:
          'Only what has these sourcedIds. One that the run says nothing of is refused (`not_found`), and nothing is taken back.',
      }),
      force: options.shape.force,
    }),
    status: 202,
    response: run,
    handle: async ({ editor, params: { id }, body }, { administration }) => ({
      body: await administration.runs.rollback(editor, id, body),
    }),
  }),
  route({
    method: 'get',
    path: '/runs/{id}/holds',
    tag,
    summary: 'List the holds of a run',
    description: 'What guards keep back, and what was decided of it by whom.',
    scope: 'messages:read',
    params: runParam,
    response: z.object({ items: z.array(hold) }),
    handle: async ({ organizationId, params: { id } }, { administration }) => ({
      body: { items: await administration.runs.holds(organizationId, id) },
    }),
  }),
  ...(['approve', 'discard'] as const).map((verb) =>
    route({
      method: 'post',
      path: `/runs/{id}/holds/{number}/${verb}`,
      tag,
      ...decisions[verb],
      scope: 'messages:write',
      params: runParam.extend({ number: z.coerce.number().int().min(1).max(1_000_000) }),
      body: z.strictObject({
        sourcedIds: z.array(sourcedId).min(1).max(10_000).optional().meta({
          description:
            'Only the items of these; they become a hold of their own. One of which the hold has no item is refused (`not_found`), and nothing is decided. Absent: all of the hold.',
        }),
      }),
      response: z.object({ items: z.array(hold) }),
      handle: async ({ editor, params: { id, number }, body: { sourcedIds } }, { administration }) => {
        const state = verb === 'approve' ? ('approved' as const) : ('discarded' as const);
        const decision = { state, ...(sourcedIds === undefined ? {} : { sourcedIds }) };
        return { body: { items: await administration.runs.decide(editor, id, number, decision) } };
      },
    }),
  ),
  route({
    method: 'post',
    path: '/runs/{id}/resume',
    tag,
    summary: 'Let a run go on',
    description:
      'One that is paused; with `now` also one that waits for the end of a blackout. Then no blackout stops it until it ends, and who said so is kept.',
    scope: 'messages:write',
    params: runParam,
    query: z.strictObject({
      now: z.literal('true').optional().meta({ description: 'Also through a blackout, until the run ends.' }),
    }),
    response: run,
    handle: async ({ editor, params: { id }, query: { now } }, { administration }) => ({
      body: await administration.runs.resume(editor, id, now !== undefined),
    }),
  }),
  ...(['pause', 'cancel'] as const).map((verb) =>
    route({
      method: 'post',
      path: `/runs/{id}/${verb}`,
      tag,
      ...controls[verb],
      scope: 'messages:write',
      params: runParam,
      response: run,
      handle: async ({ editor, params: { id } }, { administration }) => ({
        body: await administration.runs[verb](editor, id),
      }),
    }),
  ),
];
