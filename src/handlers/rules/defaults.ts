import { z } from 'zod';
import type { Problem } from '../../domain/problem.ts';
import { isSecretName } from '../../domain/secret-name.ts';
import { fold } from '../../domain/source-system.ts';
import { defineHandler, type HandlerPlugin } from '../../pipeline/plugins/index.ts';
import { aliased, orgUnits, pointsOf } from '../points.ts';
import { eachReplace, fieldsOf, restate } from '../restated.ts';

const roleOptions = z.strictObject({
  role: z.string().min(1).optional().meta({
    description:
      'The SIS role to take. Absent: of the mapped roles the one with the least to say (the greatest rank), of several the first of the alphabet.',
  }),
});
const attributeOptions = z.strictObject({
  fields: z
    .record(z.string().min(1), z.enum(['active', 'name', 'code', 'description', 'email', 'userName', 'nickname']))
    .default({ IsActive: 'active' })
    .meta({ description: 'Attributes (extension fields) by their names, and the field that each one states.' }),
});

/** What stands in for what a source system does not state. */
export const defaults: readonly HandlerPlugin[] = [
  defineHandler({
    name: 'status-default-active',
    summary: 'A record without a status is active.',
    points: pointsOf('replace', ['user', 'enrollment', 'course_section', 'course_offering']),
    stage: 'rule',
    alias: aliased('StatusDefaultActive'),
    make: () => ({
      handle(batch) {
        eachReplace(batch, (item, { active }) => {
          // A membership says of each of its roles whether it is active.
          if (active === undefined && item.command.entity !== 'enrollment') restate(item, { active: true });
        });
      },
    }),
  }),
  defineHandler({
    name: 'role-default-first-role',
    summary:
      'A person without an institution role has the one of the option `role`; without that, the mapped role with the greatest rank, of several the first of the alphabet.',
    points: ['handle.user.replace'],
    stage: 'rule',
    alias: aliased('RoleDefaultFirstRole'),
    options: roleOptions,
    make: ({ role }) => ({
      handle(batch, source) {
        const first = role === undefined ? [...source.roles][0] : fold(role);
        if (first === undefined) return;
        eachReplace(batch, (item, { roles }) => {
          if (Array.isArray(roles) && roles.length > 0) return;
          restate(item, { roles: [{ role: role ?? first, primary: true }] });
        });
      },
    }),
  }),
  defineHandler({
    name: 'preferred-names',
    summary:
      'Where only one of the two preferred names is stated, the other one stays; where neither is, both are cleared.',
    points: ['handle.user.replace'],
    stage: 'rule',
    make: () => ({
      handle(batch) {
        eachReplace(batch, (item, { preferredGivenName: given, preferredFamilyName: family }) => {
          if ((given === undefined) === (family === undefined)) return;
          const left = given === undefined ? 'preferredGivenName' : 'preferredFamilyName';
          const leave = [...(item.command.wishes?.leave ?? []), left];
          item.command = { ...item.command, wishes: { ...item.command.wishes, leave } };
        });
      },
    }),
  }),
  defineHandler({
    name: 'fields-from-attributes',
    summary: 'Extension fields state fields: `IsActive` the status, unless the options say otherwise.',
    points: pointsOf('replace', ['user', ...orgUnits]),
    stage: 'rule',
    alias: aliased((point) => (point === 'handle.user.replace' ? 'IsActive' : undefined)),
    options: attributeOptions,
    make: ({ fields: named }) => ({
      handle(batch) {
        for (const item of batch) takeAttributes(item, named);
      },
    }),
  }),
  defineHandler({
    name: 'discard-password',
    summary: 'Attributes that hold a password are thrown away: passwords are never kept.',
    points: ['handle.user.replace'],
    stage: 'after',
    requiredAt: ['handle.user.replace'],
    alias: aliased('SavePasswordPlainText'),
    make: () => ({
      handle(batch) {
        for (const item of batch) {
          const attributes = attributesOf(item.command);
          if (!Object.keys(attributes).some(isSecretName)) continue;
          const kept = Object.entries(attributes).filter(([name]) => !isSecretName(name));
          restate(item, { attributes: Object.fromEntries(kept) });
        }
      },
    }),
  }),
];

type Item = Parameters<typeof restate>[0];

/** An attribute is taken over where the record does not state the field itself; what is neither true nor false is no status, and warned of. */
function takeAttributes(item: Item, named: Readonly<Record<string, string>>): void {
  const stated = fieldsOf(item.command);
  if (stated === undefined) return;
  const attributes = attributesOf(item.command);
  const rest = { ...attributes };
  const taken: Record<string, unknown> = {};
  for (const [name, text] of Object.entries(attributes)) {
    const field = Object.entries(named).find(([known]) => fold(known) === fold(name))?.[1];
    if (field === undefined || stated[field] !== undefined) continue;
    const value = field === 'active' ? booleanOf(text) : text;
    if (value === undefined) {
      item.warnings.push(noStatus(name, item.command.at));
      continue;
    }
    taken[field] = value;
    Reflect.deleteProperty(rest, name);
  }
  if (Object.keys(taken).length > 0) restate(item, { ...taken, attributes: rest });
}

function noStatus(name: string, at: string | undefined): Problem {
  const message = `The extension field ${JSON.stringify(name.slice(0, 100))} is no status: write 1 or true, 0 or false. The status was left as it is.`;
  return { code: 'invalid_data', message, field: 'active', ...(at === undefined ? {} : { at }) };
}

function attributesOf(command: Item['command']): Readonly<Record<string, string>> {
  return (fieldsOf(command)?.attributes ?? {}) as Record<string, string>;
}

function booleanOf(text: string): boolean | undefined {
  const word = fold(text);
  if (word === '1' || word === 'true') return true;
  return word === '0' || word === 'false' ? false : undefined;
}
