/**
 * Integration variables: what an organization decides for all its source systems, or for one of them. What a variable is
 * and does stands here, once; where nothing is set, the default holds. A closed list: what nothing reads is not in it.
 */
export type VariableDefinition = Flag | Choice;

interface Described {
  /** Whether one source system may differ from its organization. */
  readonly scope: 'organization' | 'source_system';
  readonly description: string;
}

/** On or off. */
interface Flag extends Described {
  readonly default: boolean;
}

/** One of several words. */
interface Choice extends Described {
  readonly values: readonly string[];
  readonly default: string;
}

export type VariableValue = boolean | string;

const adapter = (what: string): Flag => ({
  scope: 'organization',
  default: true,
  description: `Are messages in ${what} taken? Off: they are refused with \`unauthorized_request\`.`,
});

const parent = (what: string): Flag => ({
  scope: 'source_system',
  default: false,
  description: `${what} Without one it is refused with \`incomplete_data\`.`,
});

export const variableDefinitions = {
  'adapter.lis2': adapter('LIS 2.0'),
  'adapter.saip': adapter('PeopleSoft SAIP'),
  'adapter.ims-es1': adapter('IMS Enterprise Services 1.0'),
  'adapter.lis2-record': adapter('bare records of LIS 2.0'),
  'adapter.ims-enterprise': adapter('IMS Enterprise 1.1'),
  'adapter.sis-rest': adapter("the gateway's own REST calls for source systems"),
  'tool.message-bodies': {
    scope: 'organization',
    default: true,
    description:
      'May administrators read the (redacted) bodies of journaled messages? Off: `withheld` is said instead.',
  },
  'tool.replay': {
    scope: 'organization',
    default: true,
    description: 'May journaled messages be replayed? Off: a replay is refused with `forbidden`.',
  },
  'require.template-department': parent('Must a course template name its department?'),
  'require.offering-template': parent('Must a course offering name its course template?'),
  'require.offering-semester': parent('Must a course offering name its semester?'),
  'require.section-offering': parent('Must a course section name its course offering?'),
  'password-rule': {
    scope: 'source_system',
    values: ['ignore', 'warn', 'refuse'],
    default: 'ignore',
    description:
      'What becomes of a record in which a password of a person is sent? The password itself is never kept. `ignore`: nobody is told. ' +
      '`warn`: the answer says so. `refuse`: the record is rejected with `password_not_accepted`.',
  },
} as const satisfies Record<string, VariableDefinition>;

export type VariableName = keyof typeof variableDefinitions;

type ValueOf<D> = D extends { readonly values: readonly (infer Word)[] } ? Word : boolean;

/** The values in force. */
export type Variables = { readonly [Name in VariableName]: ValueOf<(typeof variableDefinitions)[Name]> };

/** Those that are on or off. */
export type FlagName = {
  [Name in VariableName]: Variables[Name] extends boolean ? Name : never;
}[VariableName];

export const variableNames = Object.keys(variableDefinitions) as VariableName[];

/** What was set, by name; a later layer wins over an earlier one. Names that are no longer known, and values, are left out. */
export function effectiveVariables(...layers: readonly Readonly<Record<string, VariableValue>>[]): Variables {
  const inForce = variableNames.map((name) => {
    const set = layers.map((layer) => layer[name]).filter((value) => value !== undefined && isValueOf(name, value));
    return [name, set.at(-1) ?? variableDefinitions[name].default];
  });
  return Object.fromEntries(inForce) as Variables;
}

/** May the variable have this value? */
export function isValueOf(name: VariableName, value: VariableValue): boolean {
  const definition: VariableDefinition = variableDefinitions[name];
  return 'values' in definition ? definition.values.includes(String(value)) : typeof value === 'boolean';
}

/** What it may be, for people: `true or false`, `ignore, warn or refuse`. */
export function valuesOf(name: VariableName): string {
  const definition: VariableDefinition = variableDefinitions[name];
  const words = 'values' in definition ? definition.values : ['true', 'false'];
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
}
