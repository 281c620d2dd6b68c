import { z } from 'zod';
import { relationKinds } from '../../../domain/entities.ts';
import { route, type Route } from '../route.ts';
import { instant, link, lmsIdParam, pageOf, pageQuery, sourcedId, sourceFilter, version } from '../schemas.ts';

const person = z
  .object({ lmsId: z.string(), userName: z.string().nullable(), links: z.array(link) })
  .meta({ id: 'PersonReference', description: 'A user where another object refers to it.' });

const kind = z.enum(relationKinds).meta({ description: 'What the agent is to the user.' });

/** As it stands in the view of its user. */
export const userRelation = z
  .object({ lmsId: z.string(), kind, agent: person })
  .meta({ id: 'UserRelation', description: 'The agent is the auditor, parent, guardian or relative of the user.' });

const support = z
  .object({
    sourceSystem: z.string(),
    sourcedId: z.string().meta({ description: 'The person whose record states it.' }),
    agentSourcedId: z.string().meta({ description: 'The person whom it names.' }),
  })
  .meta({ id: 'RelationSupport', description: 'A declared relation that this one rests on.' });

const relation = z
  .object({
    lmsId: z.string(),
    state: z.enum(['active', 'ended']),
    kind,
    user: person,
    agent: person,
    supports: z.array(support).meta({ description: 'Why it is there; it ends with its last support.' }),
    links: z.array(link),
    version,
    changedAt: instant,
  })
  .meta({ id: 'Relation', description: 'The agent is the auditor, parent, guardian or relative of the user.' });

const tag = 'What the LMS sees';

export const relationRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/relations',
    tag,
    summary: 'List relations between users',
    description: '`sourcedId` finds the relations of a person on either side.',
    scope: 'roster:read',
    query: sourceFilter.extend(pageQuery.shape).extend({
      userSourcedId: sourcedId.optional(),
      agentSourcedId: sourcedId.optional(),
      kind: kind.optional(),
      state: z.enum(['active', 'ended', 'all']).optional().meta({ description: 'Without it: what has not ended.' }),
    }),
    response: pageOf(relation),
    handle: async ({ organizationId, query: { limit, after, ...filter } }, { administration }) => ({
      body: await administration.objects.listRelations(
        organizationId,
        filter,
        after === undefined ? { limit } : { limit, after },
      ),
    }),
  }),
  route({
    method: 'get',
    path: '/relations/{lmsId}',
    tag,
    summary: 'Read a relation',
    scope: 'roster:read',
    params: lmsIdParam,
    response: relation,
    handle: async ({ organizationId, params }, { administration }) => {
      const found = await administration.objects.getRelation(organizationId, params.lmsId);
      return { body: found, version: found.version };
    },
  }),
];
