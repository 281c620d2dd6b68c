import { defineHandler, type HandlerPlugin } from '../../pipeline/plugins/index.ts';
import { aliased, orgUnits, pointsOf } from '../points.ts';
import { stating, wishing } from '../wishes.ts';

const replaces = pointsOf('replace');
const reads = pointsOf('read');
const section = 'handle.course_section.replace';
const association = 'handle.section_association.replace';
const enrollment = 'handle.enrollment.replace';
const user = 'handle.user.replace';

/** How IPSIS calls its own record at this point: `IPSIS` for persons, `IM` for the rest. */
function store(point: string): string {
  if (point.startsWith('handle.user.')) return point.endsWith('.replace') ? 'IPSIS' : 'IM';
  return point === section ? 'IMSection' : point === enrollment ? 'IMEnrollment' : 'IM';
}

const made = () => ({});
const others = replaces.filter((point) => ![section, enrollment].includes(point));

/**
 * What the gateway does anyway: read, create and save the declared record and its LMS object. They have their place in the
 * lists so that an administrator of IPSIS finds them there; left out, they are not done.
 */
export const declaring: readonly HandlerPlugin[] = [
  defineHandler({
    name: 'read-declared',
    summary: 'Reads what the source system last declared. The base: always first.',
    points: [...replaces, ...reads, 'handle.enrollment.delete'],
    stage: 'read',
    requiredAt: [...replaces, ...reads, 'handle.enrollment.delete'],
    alias: aliased((point) => {
      if (point.startsWith('handle.enrollment.')) return point.endsWith('.read') ? 'IM' : 'ReadIM';
      if (point === user) return 'ReadIPSIS';
      if (point === 'handle.user.read') return 'IM';
      return point.endsWith('.read') ? 'ReadIM' : 'Read';
    }),
    make: made,
  }),
  defineHandler({
    name: 'read-lms',
    summary:
      'Reads the LMS object. A read of what is not in the LMS is refused; without it the declared record is enough.',
    points: [user, ...reads.filter((point) => point !== 'handle.enrollment.read')],
    stage: 'after',
    requiredAt: [user],
    alias: aliased((point) => (point === 'handle.user.read' ? 'LMS' : 'ReadLMS')),
    make: () => ({
      read(batch) {
        for (const item of batch) item.command = { ...item.command, wishes: { ...item.command.wishes, inLms: true } };
      },
    }),
  }),
  defineHandler({
    name: 'create-lms',
    summary: 'Makes the LMS object of what is new.',
    points: others,
    stage: 'create',
    needs: () => ['create-declared'],
    alias: aliased((point) => (point === association ? 'CreateLMSOffering' : 'CreateLMS')),
    make: made,
  }),
  defineHandler({
    name: 'create-declared',
    summary:
      'Declares what is new. Without it, what is unknown is refused: the source system changes, but does not create.',
    points: replaces,
    stage: 'create',
    needs: (point) => {
      if (point === enrollment) return undefined;
      return point === section ? ['create-lms-section', 'create-lms-group'] : ['create-lms'];
    },
    alias: aliased((point) => `Create${store(point)}`),
    make: made,
    leftOut: () => wishing({ never: 'create' }, stating),
  }),
  defineHandler({
    name: 'save-lms',
    summary: 'Saves what changed to the LMS object.',
    points: others,
    stage: 'save',
    needs: () => ['save-declared'],
    alias: aliased((point) => (point === association ? 'SaveLMSOffering' : 'SaveLMS')),
    make: made,
  }),
  defineHandler({
    name: 'save-declared',
    summary:
      'Saves what changed to the declared record. Without it, what is there stays as it is: the source system creates, but does not change.',
    points: replaces,
    stage: 'save',
    needs: (point) => {
      if (point === enrollment) return undefined;
      return point === section ? ['save-lms-section', 'save-lms-group'] : ['save-lms'];
    },
    alias: aliased((point) => (point === section ? 'SaveIM' : `Save${store(point)}`)),
    make: made,
    leftOut: () => wishing({ never: 'change' }, stating),
  }),
  defineHandler({
    name: 'delete-declared',
    summary: 'Deletes the declared record. Always last.',
    points: pointsOf('delete'),
    stage: 'delete',
    requiredAt: pointsOf('delete'),
    alias: aliased('IM'),
    make: made,
  }),
  defineHandler({
    name: 'delete-lms',
    summary:
      'Deletes the LMS object with the declared record. Without it the LMS object stays, and nobody looks after it.',
    points: pointsOf('delete', ['user', ...orgUnits]),
    stage: 'effect',
    excludes: ['inactivate-lms'],
    alias: aliased('LMS'),
    make: () => deleting('delete'),
    leftOut: (names) => (names.has('inactivate-lms') ? undefined : wishing({ lms: 'leave' }, ['delete'])),
  }),
  defineHandler({
    name: 'inactivate-lms',
    summary: 'Inactivates the LMS user with the delete of the declared record.',
    points: ['handle.user.delete'],
    stage: 'effect',
    excludes: ['delete-lms'],
    alias: aliased('LMSInactive'),
    make: () => deleting('inactivate'),
  }),
];

/** What the option of the source system says anyway is not said again: a change of the option then still counts. */
function deleting(lms: 'inactivate' | 'delete') {
  return {
    handle(batch, source) {
      for (const item of batch) {
        const { command } = item;
        if (command.verb !== 'delete' || command.entity !== 'user' || source.options.userDelete === lms) continue;
        item.command = { ...command, wishes: { ...command.wishes, lms } };
      }
    },
  } satisfies ReturnType<HandlerPlugin['make']>;
}
