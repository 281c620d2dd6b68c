import { z } from 'zod';
import type { OrgUnitTypeMapping, RoleMapping } from '../../../domain/administration/index.ts';
import { route, type Route } from '../route.ts';
import { sourceSystemParam } from '../schemas.ts';

const word = z.string().trim().min(1).max(255);
const target = z.string().min(1).max(64);

const typeMapping = z
  .strictObject({
    sisType: word.meta({ description: "The SIS's word, compared without regard to case.", example: 'DEPARTMENT' }),
    type: target.meta({ description: 'The code of an org unit type.', example: 'department' }),
  })
  .meta({ id: 'OrgUnitTypeMapping' });

const roleMapping = z
  .strictObject({
    sisRole: word.meta({ description: "The SIS's word, compared without regard to case.", example: 'Learner' }),
    role: target.meta({ description: 'The code of a role.', example: 'student' }),
  })
  .meta({ id: 'RoleMapping' });

const reprojects = 'What states a word whose meaning changes is projected again, at once or by a re-projection.';
const tag = 'Maps';

function wholeMap<Entry extends z.ZodType>(entry: Entry) {
  return z.strictObject({ items: z.array(entry).max(5_000) });
}

/** Of a source system: which org unit type, which role its words mean. */
export const mapRoutes: readonly Route[] = [
  route({
    method: 'get',
    path: '/source-systems/{sourceSystem}/org-unit-type-map',
    tag,
    summary: 'Read the org unit type map',
    scope: 'admin:read',
    versioned: true,
    params: sourceSystemParam,
    response: wholeMap(typeMapping),
    handle: async ({ organizationId, params }, { administration }) => {
      const { items, version } = await administration.orgUnitTypeMaps.get(organizationId, params.sourceSystem);
      return { body: { items }, version };
    },
  }),
  route({
    method: 'put',
    path: '/source-systems/{sourceSystem}/org-unit-type-map',
    tag,
    summary: 'Replace the org unit type map',
    description: reprojects,
    scope: 'admin:write',
    versioned: true,
    params: sourceSystemParam,
    body: wholeMap(typeMapping),
    response: wholeMap(typeMapping),
    handle: async ({ editor, params, body, expected }, { administration }) => {
      const { orgUnitTypeMaps } = administration;
      const { items, version } = await orgUnitTypeMaps.replace(editor, params.sourceSystem, body.items, expected);
      return { body: { items }, version };
    },
  }),
  route({
    method: 'put',
    path: '/source-systems/{sourceSystem}/org-unit-type-map/{sisType}',
    tag,
    summary: 'Map one SIS type',
    description: reprojects,
    scope: 'admin:write',
    params: sourceSystemParam.extend({ sisType: word }),
    body: z.strictObject({ type: target }),
    response: typeMapping,
    handle: async ({ editor, params, body }, { administration }) => {
      const entry: OrgUnitTypeMapping = { sisType: params.sisType, type: body.type };
      return { body: await administration.orgUnitTypeMaps.put(editor, params.sourceSystem, entry) };
    },
  }),
  route({
    method: 'delete',
    path: '/source-systems/{sourceSystem}/org-unit-type-map/{sisType}',
    tag,
    summary: 'Unmap one SIS type',
    description: reprojects,
    scope: 'admin:write',
    params: sourceSystemParam.extend({ sisType: word }),
    handle: async ({ editor, params }, { administration }) => {
      await administration.orgUnitTypeMaps.remove(editor, params.sourceSystem, params.sisType);
      return {};
    },
  }),
  route({
    method: 'get',
    path: '/source-systems/{sourceSystem}/role-map',
    tag,
    summary: 'Read the role map',
    scope: 'admin:read',
    versioned: true,
    params: sourceSystemParam,
    response: wholeMap(roleMapping),
    handle: async ({ organizationId, params }, { administration }) => {
      const { items, version } = await administration.roleMaps.get(organizationId, params.sourceSystem);
      return { body: { items }, version };
    },
  }),
  route({
    method: 'put',
    path: '/source-systems/{sourceSystem}/role-map',
    tag,
    summary: 'Replace the role map',
    description: reprojects,
    scope: 'admin:write',
    versioned: true,
    params: sourceSystemParam,
    body: wholeMap(roleMapping),
    response: wholeMap(roleMapping),
    handle: async ({ editor, params, body, expected }, { administration }) => {
      const { items, version } = await administration.roleMaps.replace(
        editor,
        params.sourceSystem,
        body.items,
        expected,
      );
      return { body: { items }, version };
    },
  }),
  route({
    method: 'put',
    path: '/source-systems/{sourceSystem}/role-map/{sisRole}',
    tag,
    summary: 'Map one SIS role',
    description: reprojects,
    scope: 'admin:write',
    params: sourceSystemParam.extend({ sisRole: word }),
    body: z.strictObject({ role: target }),
    response: roleMapping,
    handle: async ({ editor, params, body }, { administration }) => {
      const entry: RoleMapping = { sisRole: params.sisRole, role: body.role };
      return { body: await administration.roleMaps.put(editor, params.sourceSystem, entry) };
    },
  }),
  route({
    method: 'delete',
    path: '/source-systems/{sourceSystem}/role-map/{sisRole}',
    tag,
    summary: 'Unmap one SIS role',
    description: reprojects,
    scope: 'admin:write',
    params: sourceSystemParam.extend({ sisRole: word }),
    handle: async ({ editor, params }, { administration }) => {
      await administration.roleMaps.remove(editor, params.sourceSystem, params.sisRole);
      return {};
    },
  }),
];
