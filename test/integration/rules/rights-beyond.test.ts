import { describe, expect, it } from '@jest/globals';
import type { WriteCommand } from '../../../src/domain/command.ts';
import type { Right } from '../../../src/domain/rights.ts';
import { association, course, group, inUnit, membership, person, remove, under } from '../../oracle/commands.ts';
import type { TestOrganization } from '../../oracle/harness.ts';
import { useSetting } from './setting.ts';

/* What a command does to others than its own row needs the right to it, whatever carries it there (docs/rights.md). */

const setting = useSetting();
const ended = { endsAt: '2020-01-01T00:00:00.000Z' };
const lasting = { endsAt: '2999-01-01T00:00:00.000Z' };

const send = (...commands: WriteCommand[]) => setting.organization.send('lis', ...commands);

async function withhold(...withheldRights: Right[]): Promise<void> {
  await withholdFrom(setting.organization, 'lis', withheldRights);
}

async function withholdFrom(organization: TestOrganization, source: string, withheldRights: Right[]): Promise<void> {
  const { options } = organization.sources.get(source)!;
  await organization.edit({ edit: 'options', source, options: { ...options, withheldRights } });
}

/** Of each command the right that was missing; undefined = it was done. */
async function lacked(...commands: WriteCommand[]): Promise<(string | undefined)[]> {
  return missing(await send(...commands));
}

function missing(outcomes: Awaited<ReturnType<typeof send>>): (string | undefined)[] {
  return outcomes.map(({ status, problems }) => {
    const [problem] = problems;
    if (status !== 'rejected') return undefined;
    return /lacks the right (\S+),/.exec(problem?.message ?? '')?.[1] ?? problem?.code;
  });
}

const offering = (sourcedId: string, fields: object = {}) => course('offering', sourcedId, fields);
const section = (sourcedId: string, of: string, fields: object = {}) =>
  course('section', sourcedId, { parents: [under('offering', 'offering', of)], ...fields });
const learner = (sourcedId: string, person: string, of: string, kind: 'section' | 'offering' | 'group' = 'section') =>
  membership(sourcedId, person, inUnit(kind, of));

/** A template, an offering with a section, a person. */
async function courses(fields: object = {}): Promise<void> {
  await send(
    course('template', 'T'),
    offering('O', { parents: [under('template', 'template', 'T')], ...fields }),
    section('S', 'O'),
    person('P'),
    person('Q'),
  );
}

async function states(sourcedId: string): Promise<unknown[]> {
  const rows = await setting.query<{ kind: string; state: string }>(
    `select l.kind, u.state from link l join lms_org_unit u on u.id = l.lms_id where l.sourced_id = $1 order by l.kind`,
    [sourcedId],
  );
  return rows.map(({ kind, state }) => `${kind} ${state}`);
}

describe('a section association', () => {
  it('needs the parents and the reach of each section that it takes or lets go', async () => {
    await courses(ended);
    await send(offering('O2'), section('S2', 'O2'), section('S3', 'O2'), association('A', ['S2', 'S3']));
    await withhold('reach.past');
    expect(await lacked(association('A', ['S2', 'S3', 'S']))).toEqual(['reach.past']);
    expect(await lacked(association('B', ['S']))).toEqual(['reach.past']);
    expect(await lacked(association('B', ['S2']))).toEqual([undefined]);
    await withhold('course_section.parents');
    expect(await lacked(association('A', ['S2', 'S3']))).toEqual([undefined]);
    expect(await lacked(association('A', ['S2']))).toEqual(['course_section.parents']);
    expect(await lacked(remove(association('A', [])))).toEqual(['course_section.parents']);
    expect(await lacked(association('C', ['S']))).toEqual(['course_section.parents']);
    expect(await states('O')).toEqual(['offering active']);
  });

  it('needs the status of an offering all of whose sections it takes, or gives one back', async () => {
    await courses();
    await send(section('S2', 'O'), association('A', ['S2']));
    await withhold('course_offering.status');
    expect(await lacked(association('B', ['S']))).toEqual(['course_offering.status']);
    await withhold();
    await send(association('B', ['S']));
    expect(await states('O')).toEqual(['offering inactive']);
    await withhold('course_offering.status');
    expect(await lacked(association('A', ['S2']))).toEqual([undefined]);
    expect(await lacked(remove(association('B', [])))).toEqual(['course_offering.status']);
  });
});

describe('what the gateway made inactive', () => {
  it('is reached as what its source system states', async () => {
    await courses();
    await send(association('A', ['S']));
    expect(await states('O')).toEqual(['offering inactive']);
    await withhold('reach.inactive');
    expect(await lacked(offering('O', { parents: [under('template', 'template', 'T')] }), section('S', 'O'))).toEqual([
      undefined,
      undefined,
    ]);
    expect(await lacked(offering('O', { active: false }))).toEqual([undefined]);
    expect(await lacked(offering('O'))).toEqual(['reach.inactive']);
  });
});

describe('an enrollment in a section', () => {
  it('is one in its offering, whatever dates the section has', async () => {
    await courses(ended);
    await send(section('S2', 'O', lasting));
    await withhold('reach.past');
    expect(await lacked(learner('E', 'P', 'S2'))).toEqual(['reach.past']);
    await withhold();
    await send(learner('E', 'P', 'S2'));
    await withhold('reach.past');
    expect(await lacked(remove(learner('E', 'P', 'S2')))).toEqual(['reach.past']);
  });
});

describe('references that mean another org unit with their sourcedId', () => {
  it('once that comes or goes are memberships that move', async () => {
    await courses(ended);
    await withhold('reach.past');
    expect(await lacked(group('S', 'DEPARTMENT'), learner('E', 'P', 'S', 'group'))).toEqual([undefined, undefined]);
    expect(await lacked(remove(group('S', 'DEPARTMENT')))).toEqual(['reach.past']);
    await withhold('enrollment.create');
    expect(await lacked(remove(group('S', 'DEPARTMENT')))).toEqual(['enrollment.create']);
    await withhold();
    await send(remove(group('S', 'DEPARTMENT')));
    await withhold('enrollment.delete');
    expect(await lacked(group('S', 'DEPARTMENT'))).toEqual(['enrollment.delete']);
  });

  it('and those that waited for one of another kind begin in it', async () => {
    await courses();
    await send(learner('E', 'P', 'NEW', 'group'));
    await withhold('reach.past');
    expect(await lacked(section('NEW', 'O'))).toEqual(['reach.past']);
    await withhold();
    await send(learner('E2', 'P', 'NEW2', 'section'));
    await withhold('reach.past');
    expect(await lacked(section('NEW2', 'O'))).toEqual([undefined]);
  });

  it('are sections that move', async () => {
    await courses(ended);
    await send(course('template', 'O'), course('section', 'S2', { parents: [under('offering', 'template', 'O')] }));
    await withhold('reach.past', 'course_section.parents');
    expect((await lacked(remove(course('template', 'O'))))[0]).toMatch(/reach.past|course_section.parents/);
  });
});

describe('a delete', () => {
  it('that leaves its dependants waiting needs the right to what leaves the LMS with it', async () => {
    await courses(ended);
    await send(learner('E', 'P', 'S'));
    for (const right of [
      'reach.past',
      'course_offering.delete',
      'course_section.delete',
      'enrollment.delete',
    ] as const) {
      await withhold(right);
      expect(await lacked(remove(course('template', 'T')))).toEqual([right]);
    }
    await withhold('enrollment.delete');
    expect(await lacked(remove(person('P')), remove(person('Q')))).toEqual(['enrollment.delete', undefined]);
    await withhold('enrollment.update', 'course_template.parents', 'user.delete');
    expect(await lacked(remove(course('template', 'T')))).toEqual([undefined]);
    expect(await states('O')).toEqual(['offering deleted']);
    await withhold('course_offering.delete', 'course_section.delete');
    await send(course('template', 'T2'));
    expect(await lacked(remove(course('template', 'T2')))).toEqual([undefined]);
  });
});

describe('what leaves the LMS', () => {
  const orphan = (fields: object = {}) =>
    offering('O', { parents: [under('template', 'template', 'NONE')], ...fields });

  it('for want of its parent needs the rights that one without a mapped type needs', async () => {
    await courses();
    await send(learner('E', 'P', 'S'));
    for (const right of [
      'course_offering.delete',
      'course_offering.create',
      'course_offering.parents',
      'course_section.delete',
      'enrollment.delete',
    ] as const) {
      await withhold(right);
      expect(await lacked(orphan())).toEqual([right]);
    }
    await withhold('course_section.delete', 'course_section.create');
    expect((await lacked(section('S', 'NONE')))[0]).toMatch(/course_section.(delete|create)/);
    expect(await states('S')).toEqual(['section active']);
    await withhold('course_offering.delete');
    expect(await lacked(offering('O', { name: 'other', parents: [] }))).toEqual([undefined]);
  });

  it('since it comes to be above itself, too', async () => {
    const department = (sourcedId: string, ...parents: string[]) =>
      group(sourcedId, 'DEPARTMENT', { parents: parents.map((id) => under('parent', 'group', id)) });
    await send(department('D1'), department('D2', 'D1'), department('D3', 'D2'));
    await withhold('department.delete');
    expect(await lacked(department('D1', 'D3'), department('D3', 'D1'))).toEqual(['department.delete', undefined]);
    expect(await states('D1')).toEqual(['group active']);
  });

  it('by another type takes along what requires it', async () => {
    await courses();
    await withhold('course_section.delete');
    expect(await lacked(offering('O', { type: 'DEPARTMENT' }))).toEqual(['course_section.delete']);
  });
});

describe('a membership', () => {
  it('that ends or begins by its entries is deleted or created', async () => {
    await courses();
    await send(learner('E', 'P', 'O', 'offering'));
    const stated = (...roles: Parameters<typeof membership>[3][]) =>
      membership('E', 'P', inUnit('offering', 'O'), ...roles);
    await withhold('enrollment.delete');
    expect(await lacked(stated({ active: false }), stated('Unmapped'))).toEqual([
      'enrollment.delete',
      'enrollment.delete',
    ]);
    expect(await lacked(stated('Instructor'))).toEqual([undefined]);
    await withhold('enrollment.update', 'enrollment.create');
    expect(await lacked(stated('Unmapped'))).toEqual(['enrollment.create']);
    expect(await lacked(stated({ active: false }))).toEqual([undefined]);
    expect(await lacked(stated('Learner'))).toEqual(['enrollment.create']);
    expect(await lacked(stated({ active: false, endsAt: '2030-01-01T00:00:00.000Z' }))).toEqual(['enrollment.update']);
  });
});

describe('attributes', () => {
  it.each(['Path', ' PATH', 'Locale', 'EnforceLocale', 'enforce_locale'])('are meant by %j as well', async (name) => {
    await courses();
    await withhold('course_offering.path', 'course_offering.locale', 'course_offering.enforce-locale');
    const [right] = await lacked(
      offering('O', { parents: [under('template', 'template', 'T')], attributes: { [name]: 'x' } }),
    );
    expect(right).toMatch(/course_offering\.(path|locale|enforce-locale)/);
  });
});

describe('rights are judged by what came before', () => {
  it('in the same message', async () => {
    await courses();
    await withhold('reach.past');
    expect(
      await lacked(offering('O', { parents: [under('template', 'template', 'T')], ...ended }), learner('E', 'P', 'S')),
    ).toEqual([undefined, 'reach.past']);
    await withhold('course_offering.delete');
    expect(
      await lacked(offering('O2', { parents: [under('template', 'template', 'T')] }), remove(course('template', 'T'))),
    ).toEqual([undefined, 'course_offering.delete']);
  });
});

describe('an LMS object of others', () => {
  const adopting = (banner = {}) =>
    setting.found({ banner: { sectionBringsOffering: null, ...banner }, lis: { adoptOrgUnits: true } });

  it('that would be adopted needs the rights over what would be changed, and its reach', async () => {
    const organization = await adopting();
    await organization.send('banner', course('template', 'T'), offering('O', { name: 'old', ...ended }));
    await organization.send(
      'banner',
      section('S', 'O', { name: 's' }),
      person('P', { givenName: 'Ann', orgDefinedId: '7' }),
    );
    const as = async (rights: Right[], ...commands: WriteCommand[]) => {
      await withholdFrom(organization, 'lis', rights);
      return missing(await organization.send('lis', ...commands));
    };
    const adopts = (fields: object) => offering('X', { code: 'O', ...fields });
    expect(await as(['reach.past'], adopts({ name: 'new' }))).toEqual(['reach.past']);
    expect(await as(['course_offering.name'], adopts({ name: 'new' }))).toEqual(['course_offering.name']);
    expect(await as(['course_offering.dates'], adopts({ name: 'old', ...lasting }))).toEqual(['course_offering.dates']);
    expect(await as(['course_offering.parents'], adopts({ parents: [under('semester', 'group', 'M')] }))).toEqual([
      undefined,
    ]);
    expect(await as(['course_section.parents'], course('section', 'Y', { code: 'S', name: 's' }))).toEqual([
      'course_section.parents',
    ]);
    expect(await as(['user.update'], person('Z', { givenName: 'Eve', orgDefinedId: '7' }))).toEqual(['user.update']);
    expect(await as(['user.update'], person('Z', { givenName: 'Ann', orgDefinedId: '7' }))).toEqual([undefined]);
  });

  it('is adopted by the offering that a section brings, too', async () => {
    const organization = await setting.found({ banner: { adoptOrgUnits: true } });
    await organization.send('lis', offering('BIO', { name: 'old', ...ended }), offering('CHE', { active: false }));
    await withholdFrom(organization, 'banner', ['reach.past', 'course_offering.status']);
    const sent = (label: string, fields: object = {}) =>
      organization.send('banner', course('section', `1-${label}`, { attributes: { label }, ...fields })).then(missing);
    expect(await sent('BIO')).toEqual(['reach.past']);
    expect(await sent('NEW')).toEqual([undefined]);
    expect(await sent('CHE', { active: true })).toEqual([undefined]);
    await organization.send('lis', offering('PHY', ended));
    expect(await sent('PHY', { name: 'p' })).toEqual(['reach.past']);
  });

  it('needs none over what one of a better rank states', async () => {
    const organization = await setting.found({ banner: { sectionBringsOffering: null, adoptOrgUnits: true } });
    await organization.send(
      'lis',
      offering('O', { name: 'old' }),
      person('P', { givenName: 'Ann', orgDefinedId: '7' }),
    );
    await withholdFrom(organization, 'banner', ['course_offering.name', 'course_offering.dates', 'user.update']);
    const sent = (command: WriteCommand) => organization.send('banner', command).then(missing);
    expect(await sent(person('Z', { givenName: 'Eve', orgDefinedId: '7' }))).toEqual([undefined]);
    expect(await sent(offering('X', { code: 'O', name: 'new', ...ended }))).toEqual(['course_offering.dates']);
    expect(await sent(offering('X', { code: 'O', name: 'new' }))).toEqual([undefined]);
  });
});

describe('a person who takes the sourcedId of another', () => {
  it('takes the memberships that name it, by the right to create them', async () => {
    await courses(ended);
    await send(person('K'), learner('E', 'K', 'S'), remove(person('K')));
    const renamed: WriteCommand = { entity: 'user', kind: 'person', verb: 'rename', sourcedId: 'P', newSourcedId: 'K' };
    await withhold('enrollment.create');
    expect(await lacked(renamed)).toEqual(['enrollment.create']);
    await withhold('reach.past');
    expect(await lacked(renamed)).toEqual(['reach.past']);
    await withhold('user.delete');
    expect(await lacked(renamed)).toEqual([undefined]);
  });
});

it('who is in a group of a course is in the course: a past one needs its reach', async () => {
  await courses(ended);
  await send(section('G', 'O', { type: 'CourseGroup' }));
  await withhold('reach.past');
  expect(await lacked(learner('M', 'P', 'G'))).toEqual(['reach.past']);
});

it('a group of a course is reached as the course is: made, moved and left', async () => {
  await courses(ended);
  await send(offering('N'), group('G', 'CourseGroup', { parents: [under('parent', 'offering', 'N')] }));
  await send(learner('M', 'P', 'G', 'group'));
  const inCourse = group('G', 'CourseGroup', { parents: [under('parent', 'offering', 'O')] });
  await withhold('reach.past');
  expect(await lacked(inCourse)).toEqual(['reach.past']);
  expect(await lacked(group('H', 'CourseGroup', { parents: [under('parent', 'offering', 'O')] }))).toEqual([
    'reach.past',
  ]);
  expect(await lacked(learner('M2', 'P', 'unknown', 'group'))).toEqual(['reach.past']);
  await withhold();
  await send(inCourse);
  await withhold('reach.past');
  expect(await lacked(group('G', 'CourseGroup', { parents: [under('parent', 'offering', 'N')] }))).toEqual([
    'reach.past',
  ]);
});

it('what a message makes room for is told as it stands in the end, whatever is withheld', async () => {
  await courses();
  const coded = (id: string) => section(id, 'O', { code: 'one' });
  await send(coded('S1'));
  await withhold('grades.read');
  const [gone, made] = await send(remove(coded('S1')), coded('S2'));
  expect([gone?.status, made?.status, made?.problems]).toEqual(['deleted', 'created', []]);
});

it('what takes itself out of the LMS is told so, and of no other', async () => {
  await courses();
  await withhold('course_section.delete');
  const [outcome] = await send(section('S', 'nowhere'));
  expect(outcome?.problems[0]?.message).toContain(
    'needs, since it would leave the LMS by that; nothing of it was written',
  );
});
