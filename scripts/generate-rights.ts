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
A right binds what the source system sends. Who takes a run back is an administrator, and needs none of them.

## Over org units

- Rights go by what the type behaves like. \`create\` is needed for what is not declared, or was deleted; \`name\`,
  \`code\`, \`dates\`, \`status\` and \`parents\` where a value would change (the sections of an association are its \`parents\`). \`path\`,
  \`locale\` and \`enforce-locale\` are those of the attributes \`path\`, \`locale\` and \`enforceLocale\`, in whatever case they are spelled, with spaces, hyphens, dots or underscores or without.
- A change of \`type\` to one that is mapped to another LMS type needs \`delete\` of the former base and \`create\` of the new one: the LMS
  org unit of the former type goes.
- An org unit whose type is not mapped yet needs the right for every base that it may turn out to have, since the administration may map
  the type at any time, and nobody asks again then. Once it states a type that is mapped, it needs \`create\` of that base. Its delete needs none.
- An org unit that leaves the LMS because it names a parent which is not there (offerings, sections), or comes to be above itself, needs \`delete\`
  and \`create\` of its base beside \`parents\`: the LMS org unit goes, and comes back with the parent.
- What a section brings by itself (preset \`banner-ilp\`) is part of the section.

## Reach

- \`reach.inactive\`, \`reach.past\` and \`reach.future\` are needed for messages about course offerings and sections that are
  inactive, ended or have not begun in the LMS, and for enrollments in them. \`reach.sections\` and \`reach.groups\` are needed for
  enrollments in sections and groups. What the gateway itself made inactive (an offering all of whose sections are in associations, what
  lost its parent) is not inactive in this sense: it counts as what is stated, so whoever may send it may send it again.
- A section that states no start, end or status of its own has that of the course offering that it is under: it is reached by the
  rights that the offering needs. So is what is to come under such an offering.
- An enrollment in a section is one in its course offerings as well, and needs the reach of both, whatever dates the section has.
- A group under a course offering is of that course: it, and enrollments in it, are reached as the offering is.
- Another type does not take a course out of its reach, nor another org unit an enrollment: the former and the stated one both count.
- An enrollment in an org unit that is not known yet, or not yet in the LMS, needs every right of reach that it may turn out to need. When
  person and org unit come, nobody asks again.

## Enrollments

- A membership that changes its person or org unit needs \`enrollment.delete\` and \`enrollment.create\`: the LMS ends the one enrollment and
  makes another. Which org unit it names is told by what is there, as in [Projection](projection.md), not by the kind that it states alone.
- A membership that goes on to enroll nobody, since its entries are inactive or their roles are not mapped, needs \`enrollment.delete\`: to
  send it as inactive is a drop. One that enrolls again, or will once its role is mapped, needs \`enrollment.create\`. Other changes need \`enrollment.update\`.

## What is carried along

What a command does to others than its own row needs the right to that, whatever carries it there; the answer names one of these.

- A delete needs the right to delete all that leaves the LMS with it, whether its messages are deleted, too (option \`dependants: forget\`,
  handlers that cascade), or wait (\`detach\`), and the reach of each: enrollments with a user; offerings, sections and enrollments with an org
  unit; templates with a department where a handler cascades. So does a change of type, and the loss of a parent. Where nothing goes, nothing more is needed.
- A section association needs \`parents\` and the reach of each section that it takes or lets go, and \`course_offering.status\` where that
  supersedes an offering (all of its sections are in associations), or brings it back. A section that has no other place needs \`delete\` instead. Enrollments follow their section.
  A section that comes, goes or moves by itself needs its own rights only, though its offering may be superseded by that, or come back.
- References go by the sourcedId: when an org unit comes, goes or is renamed beside one of another kind with the same sourcedId, memberships that
  then mean another one move (\`enrollment.delete\`, \`enrollment.create\`, reach on both sides), and so do org units that name it as their parent (\`parents\`, reach).
- A row that adopts an LMS object of another source system, itself or by the offering that a section brings (option \`adoptOrgUnits\`, persons by the identity rule) needs, beside \`create\`, the rights
  over what it would change of it, and its reach: fields that source systems of a better rank state, and those that it may not overwrite, stay as they are.
- A person who is renamed to a sourcedId that memberships name already gets these: that needs \`enrollment.create\` and their reach.
- What an org unit only takes from others needs nothing more: the name and dates of an association those of its sections, templates the department that goes.

The commands of a message, and of messages that are worked off together, are judged one after another: org units after those that they
refer to, deletes after what is stated, memberships last.

## Grades

- \`grades.read\` and \`grades.write\` are needed for the operations of the Outcomes service of LIS 2.0: those that read, and all others.

| of | rights |
| --- | --- |
`;
