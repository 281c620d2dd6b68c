import type { Command } from '../../domain/command.ts';
import type { Problem } from '../../domain/problem.ts';
import { isPasswordName, isSecretName } from '../../domain/secret-name.ts';
import { escapePointer } from '../../formats/json/index.ts';
import type { RawCommand } from './raw-command.ts';

/** A person sent with a password: it is taken out before anything is read, and noted. */
export function withoutPasswords(raw: RawCommand): { readonly raw: RawCommand; readonly notes: readonly Problem[] } {
  const { entity, fields, fieldsAt } = raw;
  if (entity !== 'user' || typeof fields !== 'object' || fields === null) return { raw, notes: [] };
  const passwords = Object.keys(fields).filter(isPasswordName);
  if (passwords.length === 0) return { raw, notes: [] };
  const kept = Object.entries(fields).filter(([name]) => !passwords.includes(name));
  const notes = passwords.map((name) => notKept(name, `${fieldsAt}/${escapePointer(name)}`));
  return { raw: { ...raw, fields: Object.fromEntries(kept) }, notes };
}

/** Attributes that are passwords and birth dates go no further; what is said of it is noted, beside `notes`. */
export function withoutSecrets(command: Command, fieldsAt: string, notes: readonly Problem[]): Command {
  if (command.verb !== 'replace' && command.verb !== 'update') return command;
  const attributes = Object.entries(command.fields.attributes ?? {});
  const secrets = attributes.map(([name]) => name).filter(isSecretName);
  if (secrets.length + notes.length === 0) return command;
  const all = [...notes, ...secrets.map((name) => notKept(name, `${fieldsAt}/attributes/${escapePointer(name)}`))];
  if (secrets.length === 0) return { ...command, notes: all };
  const fields = {
    ...command.fields,
    attributes: Object.fromEntries(attributes.filter(([name]) => !isSecretName(name))),
  };
  return { ...command, fields, notes: all } as Command;
}

function notKept(name: string, at: string): Problem {
  if (isPasswordName(name)) {
    const message = `Passwords of people are not taken: that at ${at} is not kept.`;
    return { code: 'password_not_accepted', message, at, field: name };
  }
  return {
    code: 'invalid_data',
    message: `\`${at}\` is not kept: secrets, birth dates and national ids never are.`,
    at,
    field: name,
  };
}
