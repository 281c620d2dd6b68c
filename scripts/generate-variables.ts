import { type VariableDefinition, variableDefinitions } from '../src/domain/variables.ts';
import type { GeneratedFile } from './generate.ts';

const withGrades = 'Not yet: it shapes the export of grades, which this version does not have.';

const ipsisVariables: readonly (readonly [name: string, here: string])[] = [
  [
    '`d2l.Auth.Password.ValidationRegex`',
    '`password-rule`: no password is ever kept, so there is none to hold against a pattern.',
  ],
  ['`d2l.Tools.Grades.ExportHandlerPage`', withGrades],
  ['`d2l.Tools.Grades.ExportToSiS.GradeToSubmit`', withGrades],
  ['`d2l.Tools.Grades.ExportToSIS.LATriggerGrade`, `...LATriggerPercentage`', withGrades],
  [
    '`d2l.Tools.Grades.FinalGrade.ReleaseAdjustedGrade`, `d2l.Tools.Grades.HasAdjustedFinalGrade`, `d2l.Tools.Grades.GradeSchemeId`',
    withGrades,
  ],
  [
    '`d2l.Tools.ManagerRole.CoursesAvailableToAssign`',
    'None: it belongs to a tool of the LMS. Attributes of people are in the change feed and the views.',
  ],
  [
    'required form elements Department and Semester',
    '`require.template-department`, `require.offering-template`, `require.offering-semester`, `require.section-offering`',
  ],
];

/** docs/variables.md: the integration variables, for administrators. */
export function generate(): Promise<GeneratedFile[]> {
  const rows = Object.entries<VariableDefinition>(variableDefinitions).map(
    ([name, { scope, default: value, description }]) =>
      `| \`${name}\` | ${String(value)} | ${scope === 'organization' ? 'organization' : 'organization, source system'} | ${description} |`,
  );
  const text = [
    '# Integration variables',
    '',
    '<!-- Generated from src/domain/variables.ts by `npm run generate`. -->',
    '',
    'What an organization decides for all its source systems, or for one of them. `PUT /api/v1/variables/{name}` sets one for the',
    'organization, `PUT /api/v1/source-systems/{code}/variables/{name}` for a source system; the value `null` makes it as if it had never',
    'been set. An edit holds for what arrives after it.',
    '',
    '`GET /api/v1/variables/{name}/history` tells who set it and when, for the organization and all its source systems;',
    '`GET /api/v1/source-systems/{code}/variables/{name}/history` of one source system alone. Newest first, with the value before and after.',
    '',
    '| variable | default | set for | meaning |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    "## Where IPSIS's variables are",
    '',
    'IPSIS shapes its integration by configuration variables of Brightspace. Those that are published, and what does their work here:',
    '',
    '| variable of Brightspace | here |',
    '| --- | --- |',
    ...ipsisVariables.map(([name, here]) => `| ${name} | ${here} |`),
    '',
  ].join('\n');
  return Promise.resolve([{ path: 'docs/variables.md', text }]);
}
