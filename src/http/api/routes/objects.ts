import { z } from 'zod';
import { problemCatalogue, type ProblemCode } from '../../../domain/problem.ts';
import { waitingEntities, type WaitingView } from '../../../domain/administration/index.ts';
import { route, type Route } from '../route.ts';
import { userRelation } from './relations.ts';
import {
  instant,
  link,
  lmsIdParam,
  pageOf,
  pageQuery,
  sourcedId,
  sourceFilter,
  version,
  wireKind,
} from '../schemas.ts';

const state = z.enum(['active', 'inactive', 'deleted']);
const stateFilter = z
  .enum(['active', 'inactive', 'deleted', 'all'])
  .optional()
  .meta({ description: 'Without it: what is not deleted.' });

const fields = z.record(z.string(), z.unknown()).meta({ description: 'The merged fields, as the LMS sees them.' });

const override = z
  .object({
    field: z.string(),
    value: z.union([z.string(), z.boolean(), z.null()]),
    wins: z.boolean().meta({ description: 'The value in force is this one.' }),
    setBy: z.string(),
    setAt: instant,
  })
  .meta({ id: 'Override', description: 'An LMS-side edit of one field.' });

const reference = z
  .object({ lmsId: z.string(), type: z.string(), code: z.string(), links: z.array(link) })
  .meta({ id: 'OrgUnitReference' });

const user = z
  .object({
    lmsId: z.string(),
    state,
    role: z.string().nullable().meta({ description: 'The code of the LMS role.' }),
    fields,
    overrides: z.array(override),
    relations: z
      .array(userRelation)
      .meta({ description: 'Who audits the user, and who the parents, guardians and relatives are.' }),
    links: z.array(link),
    version,
    changedAt: instant,
  })
  .meta({ id: 'User', description: 'A user as the LMS sees it.' });

const orgUnit = z
  .object({
    lmsId: z.string(),
    type: z.string().meta({ description: 'The code of its org unit type.' }),
    code: z.string(),
    state,
    fields,
    parents: z.array(reference).meta({ description: 'The required parent first.' }),
    overrides: z.array(override),
    links: z.array(link),
    version,
    changedAt: instant,
  })
  .meta({ id: 'OrgUnit', description: 'A department, semester, course or group as the LMS sees it.' });

const support = z
  .object({
    sourceSystem: z.string(),
    sourcedId: z.string(),
    via: z.enum(['direct', 'section']).meta({ description: 'section: through a section of the offering, or a group.' }),
    roles: z.array(z.string()).meta({ description: "The SIS's roles that are active." }),
  })
  .meta({
    id: 'Support',
    description: 'A declared enrollment that an enrollment rests on, its own or one in a section.',
  });

const enrollment = z
  .object({
    lmsId: z.string(),
    state: z.enum(['active', 'inactive', 'ended']).meta({
      description:
        '`inactive`: a file has left it out, and it ends when its grace period does; whoever has it takes no part meanwhile. Its id stays if it comes back.',
    }),
    user: z.object({ lmsId: z.string(), userName: z.string().nullable(), links: z.array(link) }),
    orgUnit: reference,
    role: z.string().nullable(),
    subRole: z.string().nullable(),
    startsAt: instant.nullable(),
    endsAt: instant.nullable(),
    supports: z.array(support).meta({ description: 'Why it is there; it ends with its last support.' }),
    links: z.array(link),
    version,
    changedAt: instant,
  })
  .meta({ id: 'Enrollment', description: 'One user in one org unit, as the LMS sees it.' });

const waiting = z
  .object({
    entity: z.enum(waitingEntities),
    kind: wireKind,
    sourcedId: z.string(),
    sourceSystem: z.string(),
    lmsId: z.string().nullable(),
    links: z.array(link),
    code: z.string().meta({ description: 'The problem code; see docs/problems.md.' }),
    on: z.string().nullable().meta({ description: 'What is missing.' }),
    since: instant.meta({ description: 'When the object was last declared.' }),
    messageId: z.string(),
    message: z.string(),
    advice: z.string().meta({ description: 'What to do.' }),
  })
  .meta({ id: 'Waiting', description: 'Something declared that the LMS does not see yet, or not all of it.' });

const tag = 'What the LMS sees';

export const objectRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/users',
    tag,
    summary: 'List users',
    scope: 'roster:read',
    query: sourceFilter.extend(pageQuery.shape).extend({
      userName: z.string().max(255).optional(),
      orgDefinedId: z.string().max(255).optional(),
      state: stateFilter,
    }),
    response: pageOf(user),
    handle: async ({ organizationId, query: { limit, after, ...filter } }, { administration }) => ({
      body: await administration.objects.listUsers(organizationId, filter, page(limit, after)),
    }),
  }),
  route({
    method: 'get',
    path: '/users/{lmsId}',
    tag,
    summary: 'Read a user',
    scope: 'roster:read',
    params: lmsIdParam,
    response: user,
    handle: async ({ organizationId, params }, { administration }) => {
      const found = await administration.objects.getUser(organizationId, params.lmsId);
      return { body: found, version: found.version };
    },
  }),
  route({
    method: 'get',
    path: '/org-units',
    tag,
    summary: 'List org units',
    scope: 'roster:read',
    query: sourceFilter.extend(pageQuery.shape).extend({
      kind: wireKind.optional(),
      type: z.string().max(64).optional().meta({ description: 'The code of an org unit type.' }),
      code: z.string().max(255).optional(),
      parentSourcedId: sourcedId.optional(),
      state: stateFilter,
    }),
    response: pageOf(orgUnit),
    handle: async ({ organizationId, query: { limit, after, ...filter } }, { administration }) => ({
      body: await administration.objects.listOrgUnits(organizationId, filter, page(limit, after)),
    }),
  }),
  route({
    method: 'get',
    path: '/org-units/{lmsId}',
    tag,
    summary: 'Read an org unit',
    scope: 'roster:read',
    params: lmsIdParam,
    response: orgUnit,
    handle: async ({ organizationId, params }, { administration }) => {
      const found = await administration.objects.getOrgUnit(organizationId, params.lmsId);
      return { body: found, version: found.version };
    },
  }),
  route({
    method: 'get',
    path: '/enrollments',
    tag,
    summary: 'List enrollments',
    scope: 'roster:read',
    query: sourceFilter.extend(pageQuery.shape).extend({
      userSourcedId: sourcedId.optional(),
      orgUnitSourcedId: sourcedId.optional(),
      role: z.string().max(64).optional().meta({ description: 'The code of an LMS role.' }),
      state: z
        .enum(['active', 'inactive', 'ended', 'all'])
        .optional()
        .meta({ description: 'Without it: what has not ended.' }),
    }),
    response: pageOf(enrollment),
    handle: async ({ organizationId, query: { limit, after, ...filter } }, { administration }) => ({
      body: await administration.objects.listEnrollments(organizationId, filter, page(limit, after)),
    }),
  }),
  route({
    method: 'get',
    path: '/enrollments/{lmsId}',
    tag,
    summary: 'Read an enrollment',
    scope: 'roster:read',
    params: lmsIdParam,
    response: enrollment,
    handle: async ({ organizationId, params }, { administration }) => {
      const found = await administration.objects.getEnrollment(organizationId, params.lmsId);
      return { body: found, version: found.version };
    },
  }),
  route({
    method: 'get',
    path: '/waiting',
    tag,
    summary: 'List what waits',
    description: 'What was declared and is not projected, with the reason and what to do about it.',
    scope: 'roster:read',
    query: sourceFilter.extend(pageQuery.shape).extend({
      entity: z.enum(waitingEntities).optional(),
      code: z.string().max(64).optional().meta({ description: 'A problem code.' }),
    }),
    response: pageOf(waiting),
    handle: async ({ organizationId, query: { limit, after, ...filter } }, { administration }) => {
      const found = await administration.objects.listWaiting(organizationId, filter, page(limit, after));
      return { body: { ...found, items: found.items.map(explained) } };
    },
  }),
];

function page(limit: number, after: string | undefined) {
  return after === undefined ? { limit } : { limit, after };
}

function explained(item: WaitingView) {
  return { ...item, advice: problemCatalogue[item.code as ProblemCode].advice };
}
