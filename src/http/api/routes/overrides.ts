import { z } from 'zod';
import { route, type Route } from '../route.ts';
import { lmsIdParam } from '../schemas.ts';
import { GatewayError } from '../../../domain/problem.ts';
import { instant } from '../../../formats/json/index.ts';

const texts = z.string().max(4_000).nullable();
/** As long as names and ids that are looked up by index may be. */
const identity = z.string().max(255).nullable();
const flag = z.boolean();

/** The fields that an LMS-side edit may override, and what each may be. null = empty. */
const userFields = {
  orgDefinedId: identity,
  userName: identity,
  formattedName: texts,
  givenName: texts,
  middleName: texts,
  familyName: texts,
  namePrefix: texts,
  nameSuffix: texts,
  nickname: texts,
  preferredGivenName: texts,
  preferredFamilyName: texts,
  sortFamilyName: texts,
  pronouns: texts,
  email: texts,
  active: flag,
};

const date = instant.nullable();
const orgUnitFields = {
  code: z.string().min(1).max(255),
  name: texts,
  shortName: texts,
  description: texts,
  startsAt: date,
  endsAt: date,
  active: flag,
};

const value = z.strictObject({
  value: z.union([z.string(), z.boolean(), z.null()], { error: 'must be a text, true, false or null' }),
});
const tag = 'Overrides';
const description =
  'Wins where the organization gives the field to the LMS (`lmsOwned`), or no source system states it; else it is kept and loses.';

type Fields = Record<string, z.ZodType<string | boolean | null>>;

export const overrideRoutes: readonly Route[] = [
  ...routesOf('user', '/users', 'a user', userFields),
  ...routesOf('org_unit', '/org-units', 'an org unit', orgUnitFields),
];

function routesOf(entity: 'user' | 'org_unit', collection: string, noun: string, fields: Fields): Route[] {
  const names = Object.keys(fields) as [string, ...string[]];
  const params = lmsIdParam.extend({ field: z.enum(names) });
  const path = `${collection}/{lmsId}/overrides/{field}`;
  return [
    route({
      method: 'put',
      path,
      tag,
      summary: `Override a field of ${noun}`,
      description,
      scope: 'roster:write',
      params,
      body: value,
      handle: async ({ editor, params: { lmsId, field }, body }, { administration }) => {
        await administration.overrides.set(editor, entity, lmsId, field, checked(fields, field, body.value));
        return {};
      },
    }),
    route({
      method: 'delete',
      path,
      tag,
      summary: `Remove an override of ${noun}`,
      scope: 'roster:write',
      params,
      handle: async ({ editor, params: { lmsId, field } }, { administration }) => {
        await administration.overrides.remove(editor, entity, lmsId, field);
        return {};
      },
    }),
  ];
}

function checked(fields: Fields, field: string, sent: unknown): string | boolean | null {
  const { success, data, error } = fields[field]?.safeParse(sent) ?? {
    success: false,
    data: undefined,
    error: undefined,
  };
  if (success) return data;
  throw new GatewayError(
    'invalid_request',
    `The value of ${field} is not possible: ${error?.issues[0]?.message ?? ''}`,
    {
      at: '/value',
      field,
    },
  );
}
