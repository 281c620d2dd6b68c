import { rights } from '../src/domain/rights.ts';
import type { GeneratedFile } from './generate.ts';

/** docs/rights.md: what may be withheld from a source system, for administrators. */
export function generate(): Promise<GeneratedFile[]> {
  const rows = Object.entries(Object.groupBy(rights, (right) => right.split('.')[0] ?? '')).map(
    ([of, group = []]) => `| \`${of}\` | ${group.map((right) => `\`${right}\``).join(' ')} |`,
  );
  return Promise.resolve([{ path: 'docs/rights.md', text: `${head}${rows.join('\n')}\n` }]);
}

const head = `# Rights of a source system

<!-- Generated from src/domain/rights.ts by \`npm run generate\`. -->

A source system has every right, until its option \`withheldRights\` names it. A command that needs a right which is withheld is
rejected with \`unauthorized_request\`, and the answer names the right; the other commands of its message go on.

- Rights over org units go by what the type behaves like. \`create\` is needed for what is not declared, or was deleted; \`name\`,
  \`code\`, \`dates\`, \`status\` and \`parents\` where a value would change (the sections of an association are its \`parents\`). \`path\`,
  \`locale\` and \`enforce-locale\` are those of the attributes \`path\`, \`locale\` and \`enforceLocale\`.
- A change of \`type\` to one that is mapped to another LMS type needs \`delete\` of the former base and \`create\` of the new one: the LMS
  org unit of the former type goes.
- An org unit whose type is not mapped yet needs the right for every base that it may turn out to have, since the administration may map
  the type at any time, and nobody asks again then. Once it states a type that is mapped, it needs \`create\` of that base. Its delete needs none.
- \`reach.inactive\`, \`reach.past\` and \`reach.future\` are needed for messages about course offerings and sections that are
  inactive, ended or have not begun in the LMS, and for enrollments in them. \`reach.sections\` and \`reach.groups\` are needed for
  enrollments in sections and groups.
- A section that states no start, end or status of its own has that of the course offering that it is under: it is reached, as are
  enrollments in it, by the rights that the offering needs. So is what is to come under such an offering.
- \`grades.read\` and \`grades.write\` are needed for the operations of the Outcomes service of LIS 2.0: those that read, and all others.
- Another type does not take a course out of its reach, nor another org unit an enrollment: the former and the stated one both count.
- A membership that changes its person or org unit needs \`enrollment.delete\` and \`enrollment.create\`: the LMS ends the one enrollment and
  makes another. Which org unit it names is told by what is there, as in [Projection](projection.md), not by the kind that it states alone.
- An enrollment in an org unit that is not known yet, or not yet in the LMS, needs every right of reach that it may turn out to need.
- A delete that takes others along (option \`dependants: forget\`, handlers that cascade) needs the right to delete those: enrollments
  with a user; offerings, sections and enrollments with an org unit; templates with a department. It needs every right of reach, too, that the
  delete of what it really takes along would need; the answer names one of these.
- What a section brings by itself (preset \`banner-ilp\`) is part of the section.

| of | rights |
| --- | --- |
`;
