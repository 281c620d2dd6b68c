/**
 * Integration variables: what an organization decides for all its source systems, or for one of them. What a variable is
 * and does stands here, once; where nothing is set, the default holds. A closed list: what nothing reads is not in it.
 */
export interface VariableDefinition {
  /** Whether one source system may differ from its organization. */
  readonly scope: 'organization' | 'source_system';
  readonly default: boolean;
  readonly description: string;
}

const adapter = (what: string): VariableDefinition => ({
  scope: 'organization',
  default: true,
  description: `Are messages in ${what} taken? Off: they are refused with \`unauthorized_request\`.`,
});

const parent = (what: string): VariableDefinition => ({
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
} as const satisfies Record<string, VariableDefinition>;

export type VariableName = keyof typeof variableDefinitions;

/** The values in force. */
export type Variables = Readonly<Record<VariableName, boolean>>;

export const variableNames = Object.keys(variableDefinitions) as VariableName[];

/** What was set, by name; a later layer wins over an earlier one. Names that are no longer known are left out. */
export function effectiveVariables(...layers: readonly Readonly<Record<string, boolean>>[]): Variables {
  const set: Readonly<Record<string, boolean>> = Object.assign({}, ...layers) as Record<string, boolean>;
  return Object.fromEntries(
    variableNames.map((name) => [name, set[name] ?? variableDefinitions[name].default]),
  ) as Variables;
}
