import type { z } from 'zod';
import { type Setting, settings } from './settings.ts';

type Settings = typeof settings;
type Value<S extends Setting> = z.output<S['type']> | (S extends { default: string } ? never : undefined);

/** The gateway's settings, parsed. What each means stands in `settings`. */
export type Config = { readonly [Key in keyof Settings]: Value<Settings[Key]> };

export type Environment = Readonly<Record<string, string | undefined>>;

/** One thing that is wrong with the settings; the value itself is not repeated, it may be a secret. */
export type ConfigProblem = { readonly name: string; readonly problem: string };

/** Thrown with everything that is wrong, so that nobody has to repair a configuration in ten attempts. */
export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(['The settings cannot be used:', ...problems.map(({ name, problem }) => `  ${name} ${problem}`)].join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/**
 * Reads all settings from the environment; an empty value counts as absent.
 *
 * @throws ConfigError
 */
export function readConfig(environment: Environment): { config: Config; warnings: ConfigProblem[] } {
  const values: Record<string, unknown> = {};
  const problems: ConfigProblem[] = [];
  for (const [key, setting] of Object.entries<Setting>(settings)) {
    const text = given(environment, setting) ?? setting.default;
    if (text === undefined) continue;
    const parsed = setting.type.safeParse(text);
    if (parsed.success) values[key] = parsed.data;
    else problems.push(...parsed.error.issues.map((issue) => ({ name: setting.name, problem: issue.message })));
  }
  const { misspelt, unknown } = unknownNames(environment);
  problems.push(...misspelt, ...contradictions(environment));
  if (problems.length > 0) throw new ConfigError(problems);
  return { config: values as Config, warnings: unknown };
}

/** A setting with its present value, as text; a secret shows only whether it is set. */
export type ShownSetting = Setting & { readonly value: string | undefined; readonly isDefault: boolean };

export function showSettings(environment: Environment): ShownSetting[] {
  return Object.values<Setting>(settings).map((setting) => {
    const text = given(environment, setting);
    const shown = text !== undefined && setting.secret ? '(set, not shown)' : text;
    return { ...setting, value: shown ?? setting.default, isDefault: text === undefined };
  });
}

function given(environment: Environment, { name }: Setting): string | undefined {
  const text = environment[name]?.trim();
  return text === '' ? undefined : text;
}

function contradictions(environment: Environment): ConfigProblem[] {
  const { tlsCert, tlsKey, smtpUrl, mailFrom, smtpUser, smtpPassword } = settings;
  return [
    ...together(environment, tlsCert, tlsKey, 'TLS needs both files'),
    ...together(environment, smtpUrl, mailFrom, 'mails need a server and a sender'),
    ...together(environment, smtpUser, smtpPassword, 'the mail server wants both'),
  ];
}

function together(environment: Environment, one: Setting, other: Setting, why: string): ConfigProblem[] {
  const [first, second] = [given(environment, one), given(environment, other)];
  if ((first === undefined) === (second === undefined)) return [];
  const [missing, there] = first === undefined ? [one, other] : [other, one];
  return [{ name: missing.name, problem: `is missing, although ${there.name} is set: ${why}` }];
}

/**
 * A name that nearly is one of ours is a mistake that must not pass unseen (a key that is not used, a proxy that is not
 * trusted). Others get a warning only: Kubernetes gives every pod variables named after its services.
 */
function unknownNames(environment: Environment): { misspelt: ConfigProblem[]; unknown: ConfigProblem[] } {
  const known = Object.values<Setting>(settings).map((setting) => setting.name);
  const misspelt: ConfigProblem[] = [];
  const unknown: ConfigProblem[] = [];
  for (const name of Object.keys(environment)) {
    if (!name.startsWith('PASSERELLE_') || known.includes(name) || fromKubernetes.test(name)) continue;
    const meant = known.find((candidate) => candidate.length > 8 && distance(name, candidate) <= 2);
    if (meant === undefined)
      unknown.push({ name, problem: 'is not a setting: likely misspelt, or from another version' });
    else misspelt.push({ name, problem: `is not a setting: likely misspelt for ${meant}` });
  }
  return { misspelt, unknown };
}

const fromKubernetes = /^PASSERELLE_(?:[A-Z0-9_]+_)?(?:SERVICE_(?:HOST|PORT)|PORT)(?:_|$)/;

/** Levenshtein: insertions, deletions and replacements of one letter. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of a.split('').entries()) {
    const next = [i + 1];
    for (const [j, other] of b.split('').entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
