import type { ReadCommand, WriteCommand } from '../../domain/command.ts';
import { presets, type SourceSystem } from '../../domain/source-system.ts';
import { effectiveVariables } from '../../domain/variables.ts';
import type { ElementView, Message } from '../../pipeline/ports.ts';

/** A source system as handlers and translators see it; `changes` lay over it. */
export function sampleSource(changes: Partial<SourceSystem> = {}): SourceSystem {
  return {
    id: 1,
    organizationId: 1,
    code: 'sis',
    name: 'SIS',
    state: 'enabled',
    rank: 100,
    options: presets.lis,
    variables: effectiveVariables({}, {}),
    orgUnitTypes: new Map([
      ['term', 'semester'],
      ['department', 'department'],
      ['coursetemplate', 'course_template'],
      ['courseoffering', 'course_offering'],
      ['coursesection', 'course_section'],
    ]),
    roles: new Set(['learner', 'instructor']),
    ...changes,
  };
}

/** A message as authenticators see it; `changes` lay over it. */
export function sampleMessage(changes: Partial<Message> = {}): Message {
  return {
    id: '01900000-0000-7000-8000-000000000000',
    receivedAt: new Date(),
    door: 'rest',
    method: 'PUT',
    path: '/sis/v1/users/P1',
    headers: {},
    body: Buffer.alloc(0),
    remote: { address: '192.0.2.7', loopback: false, secure: true },
    ...changes,
  };
}

/** An XML element: `element('title', 'Algebra')`, `element('name', child, child)`. */
export function element(name: string, ...content: readonly (string | ElementView)[]): ElementView {
  const children = content.filter((part) => typeof part !== 'string');
  const text = content.filter((part) => typeof part === 'string').join('');
  return { name, namespace: '', attributes: {}, children, text };
}

const samples: Readonly<Record<string, { full: object; bare: object; target: object }>> = {
  user: {
    target: { entity: 'user', kind: 'person' },
    full: {
      orgDefinedId: '1001',
      userName: 'ann',
      givenName: 'Ann',
      familyName: 'Lee',
      preferredGivenName: 'Annie',
      email: 'ann@example.edu',
      active: false,
      roles: [{ role: 'Learner', primary: true }],
      attributes: { IsActive: '1', campus: 'north' },
    },
    bare: {},
  },
  section_association: {
    target: { entity: 'association', kind: 'association' },
    full: { code: 'A', name: 'Both', sections: ['S1', 'S2'], attributes: { label: 'both' } },
    bare: {},
  },
  enrollment: {
    target: { entity: 'enrollment', kind: 'membership' },
    full: {
      userSourcedId: 'P1',
      orgUnit: { kind: 'section', sourcedId: 'S1' },
      roles: [{ role: 'Learner', active: true }],
      attributes: { grade: 'A' },
    },
    bare: { userSourcedId: '', orgUnit: { kind: null, sourcedId: '' }, roles: [] },
  },
};

const orgUnitKinds: Readonly<Record<string, { kind: string; type: string }>> = {
  semester: { kind: 'group', type: 'TERM' },
  department: { kind: 'group', type: 'DEPARTMENT' },
  org_unit: { kind: 'group', type: 'COLLEGE' },
  course_template: { kind: 'template', type: 'CourseTemplate' },
  course_offering: { kind: 'offering', type: 'CourseOffering' },
  course_section: { kind: 'section', type: 'CourseSection' },
};

/** Commands that an extension point handles: with all fields and with none, in each of its verbs. */
export function sampleCommands(point: string): (WriteCommand | ReadCommand)[] {
  const [, entity = '', verb = ''] = point.split('.');
  const { target, full, bare } = sampleOf(entity);
  const command = (stated: object) => ({ ...target, sourcedId: 'X1', ...stated }) as WriteCommand | ReadCommand;
  if (verb !== 'replace') return [command({ verb })];
  return [
    command({ verb, fields: full }),
    command({ verb, fields: bare, at: '/record' }),
    command({ verb: 'update', fields: full }),
    command({ verb: 'update', fields: {} }),
  ];
}

/** Commands as no SIS means them: values of every length and alphabet, attributes that are called as the language calls its own. */
export function hostileCommands(point: string): (WriteCommand | ReadCommand)[] {
  const [replace] = sampleCommands(point);
  if (replace?.verb !== 'replace') return [];
  const attributes = JSON.parse(
    '{"__proto__": "x", "constructor": "", "isActive": "perhaps", "ISACTIVE": "1"}',
  ) as object;
  return ['', ' ', 'x'.repeat(20_000), 'null', '\u202e\u0007', '\ud83d\ude00'.repeat(1_000), '../../etc'].map(
    (text) =>
      ({
        ...replace,
        sourcedId: text,
        fields: { ...worded(replace.fields, text), attributes: { ...attributes, [text]: text } },
      }) as WriteCommand,
  );
}

/** The same with every text in it replaced, but for the words of the model itself: no dialect lets others in. */
function worded<Value>(value: Value, text: string): Value {
  if (typeof value === 'string') return text as Value;
  if (Array.isArray(value)) return value.map((each: unknown) => worded(each, text)) as Value;
  if (typeof value !== 'object' || value === null) return value;
  const isReference = 'kind' in value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]: [string, unknown]) => [
      name,
      isReference && name !== 'sourcedId' ? each : worded(each, text),
    ]),
  ) as Value;
}

function sampleOf(entity: string) {
  const known = samples[entity];
  if (known !== undefined) return known;
  const { kind, type } = orgUnitKinds[entity] ?? { kind: 'group', type: 'COLLEGE' };
  const parents = [
    { role: 'offering', kind: 'offering', sourcedId: 'O' },
    { role: 'department', kind: 'group', sourcedId: 'D' },
  ];
  const full = { type, code: 'C', name: 'N', active: false, parents, attributes: { IsActive: '0' } };
  return { target: { entity: 'org_unit', kind }, full, bare: { type } };
}
