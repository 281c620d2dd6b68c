import { z } from 'zod';
import { route, type Route } from '../route.ts';
import { code, codeParam, name, orgUnitBase, pageOf, pageQuery, version } from '../schemas.ts';

const orgUnitType = z
  .object({ code: z.string(), name: z.string(), base: orgUnitBase, version })
  .meta({ id: 'OrgUnitType', description: "A type of the organization's own, based on one of a few behaviours." });

const rank = z.int().min(0).max(1_000_000).meta({
  description:
    'The smaller, the better: of the roles a person has in an org unit, the best-ranked active one is projected.',
});
const allSections = z.boolean().meta({
  description:
    'Keeps the enrollment in an offering when the one in a section or group of it is deleted, as long as that is there.',
});

const role = z
  .object({ code: z.string(), name: z.string(), rank, allSections, version })
  .meta({ id: 'Role', description: 'A role of the LMS.' });

const typeTag = 'Org unit types';
const roleTag = 'Roles';

export const orgUnitTypeRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/org-unit-types',
    tag: typeTag,
    summary: 'List org unit types',
    scope: 'admin:read',
    query: pageQuery,
    response: pageOf(orgUnitType),
    handle: async ({ organizationId, query }, { administration }) => ({
      body: await administration.orgUnitTypes.list(organizationId, query),
    }),
  }),
  route({
    method: 'post',
    path: '/org-unit-types',
    tag: typeTag,
    summary: 'Create an org unit type',
    scope: 'admin:write',
    body: z.strictObject({ code, name, base: orgUnitBase }),
    status: 201,
    response: orgUnitType,
    handle: async ({ editor, body }, { administration }) => {
      const created = await administration.orgUnitTypes.create(editor, body);
      return { body: created, version: created.version };
    },
  }),
  route({
    method: 'get',
    path: '/org-unit-types/{code}',
    tag: typeTag,
    summary: 'Read an org unit type',
    scope: 'admin:read',
    params: codeParam,
    response: orgUnitType,
    handle: async ({ organizationId, params }, { administration }) => {
      const found = await administration.orgUnitTypes.get(organizationId, params.code);
      return { body: found, version: found.version };
    },
  }),
  route({
    method: 'patch',
    path: '/org-unit-types/{code}',
    tag: typeTag,
    summary: 'Rename an org unit type',
    description:
      'What a type is based on is for ever: org units of it exist. Create another type and map to it instead.',
    scope: 'admin:write',
    versioned: true,
    params: codeParam,
    body: z.strictObject({ name: name.optional() }),
    response: orgUnitType,
    handle: async ({ editor, params, body, expected }, { administration }) => {
      const changed = await administration.orgUnitTypes.update(editor, params.code, body, expected);
      return { body: changed, version: changed.version };
    },
  }),
  route({
    method: 'delete',
    path: '/org-unit-types/{code}',
    tag: typeTag,
    summary: 'Remove an org unit type',
    description: '409 `conflict` while SIS types are mapped to it or org units of it exist.',
    scope: 'admin:write',
    versioned: true,
    params: codeParam,
    handle: async ({ editor, params, expected }, { administration }) => {
      await administration.orgUnitTypes.remove(editor, params.code, expected);
      return {};
    },
  }),
];

export const roleRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/roles',
    tag: roleTag,
    summary: 'List roles',
    scope: 'admin:read',
    query: pageQuery,
    response: pageOf(role),
    handle: async ({ organizationId, query }, { administration }) => ({
      body: await administration.roles.list(organizationId, query),
    }),
  }),
  route({
    method: 'post',
    path: '/roles',
    tag: roleTag,
    summary: 'Create a role',
    scope: 'admin:write',
    body: z.strictObject({ code, name, rank: rank.default(100), allSections: allSections.default(false) }),
    status: 201,
    response: role,
    handle: async ({ editor, body }, { administration }) => {
      const created = await administration.roles.create(editor, body);
      return { body: created, version: created.version };
    },
  }),
  route({
    method: 'get',
    path: '/roles/{code}',
    tag: roleTag,
    summary: 'Read a role',
    scope: 'admin:read',
    params: codeParam,
    response: role,
    handle: async ({ organizationId, params }, { administration }) => {
      const found = await administration.roles.get(organizationId, params.code);
      return { body: found, version: found.version };
    },
  }),
  route({
    method: 'patch',
    path: '/roles/{code}',
    tag: roleTag,
    summary: 'Change a role',
    description: 'A change of rank or allSections projects again the enrollments that it touches.',
    scope: 'admin:write',
    versioned: true,
    params: codeParam,
    body: z.strictObject({ name: name.optional(), rank: rank.optional(), allSections: allSections.optional() }),
    response: role,
    handle: async ({ editor, params, body, expected }, { administration }) => {
      const changed = await administration.roles.update(editor, params.code, body, expected);
      return { body: changed, version: changed.version };
    },
  }),
  route({
    method: 'delete',
    path: '/roles/{code}',
    tag: roleTag,
    summary: 'Remove a role',
    description: '409 `conflict` while SIS roles are mapped to it.',
    scope: 'admin:write',
    versioned: true,
    params: codeParam,
    handle: async ({ editor, params, expected }, { administration }) => {
      await administration.roles.remove(editor, params.code, expected);
      return {};
    },
  }),
];
