import { z } from 'zod';
import type { WriteCommand } from '../../domain/command.ts';
import { defineHandler, type HandlerPlugin } from '../../pipeline/plugins/index.ts';
import type { BatchItem } from '../../pipeline/ports.ts';
import { aliased, orgUnits, pointsOf } from '../points.ts';
import { requireName } from '../require-name.ts';
import { eachReplace } from '../restated.ts';

const courseDeletes = pointsOf('delete', [
  'course_template',
  'course_offering',
  'course_section',
  'section_association',
]);
const orgUnitReads = pointsOf('read', orgUnits);
const requireOptions = z.strictObject({
  require: z
    .array(z.enum(['code', 'name']))
    .default([])
    .meta({ description: 'What must be stated; otherwise the code is the sourcedId, the name the code.' }),
});

export const validation: readonly HandlerPlugin[] = [
  defineHandler({
    name: 'validate-base',
    summary: 'Refuses a person without any name.',
    points: ['handle.user.replace'],
    stage: 'validate',
    alias: aliased('ValidateBase'),
    make: () => ({ handle: (batch, source) => requireName.handle(batch, source) }),
  }),
  defineHandler({
    name: 'validate',
    summary: 'Refuses a course without a title, and an org unit that does not state what the option `require` names.',
    points: pointsOf('replace', orgUnits),
    stage: 'validate',
    alias: aliased((point) => (point === 'handle.course_section.replace' ? 'ValidateBase' : 'Validate')),
    options: requireOptions,
    make: ({ require }) => ({
      handle(batch, source) {
        requireName.handle(batch, source);
        if (require.length === 0) return;
        eachReplace(batch, (item, fields) => {
          if (item.refusal !== undefined) return;
          const missing = require.filter((name) => isBlank(fields[name]));
          if (missing.length > 0) refuse(item, missing.join(' and '));
        });
      },
    }),
  }),
  defineHandler({
    name: 'validate-kind',
    summary: 'The kind is part of the key: a record of another kind is unknown.',
    points: [...orgUnitReads, ...courseDeletes],
    stage: 'validate',
    requiredAt: [...orgUnitReads, ...courseDeletes],
    alias: aliased('Validate'),
    make: () => ({}),
  }),
  defineHandler({
    name: 'validate-section',
    summary: 'Refuses an enrollment that names no person or no org unit.',
    points: ['handle.enrollment.replace'],
    stage: 'validate',
    alias: aliased('ValidateSection'),
    make: () => ({
      handle(batch) {
        for (const item of batch) {
          const { command } = item;
          if (command.verb !== 'replace' || command.entity !== 'enrollment') continue;
          if (isBlank(command.fields.userSourcedId)) refuse(item, 'person');
          else if (isBlank(command.fields.orgUnit.sourcedId)) refuse(item, 'org unit');
        }
      },
    }),
  }),
];

function refuse(item: BatchItem, what: string): void {
  const { kind, sourcedId, at }: WriteCommand = item.command;
  item.refusal = {
    code: 'incomplete_data',
    message: `The ${kind} "${sourcedId}" has no ${what}, which its source system must state.`,
    ...(at === undefined ? {} : { at }),
  };
}

function isBlank(value: unknown): boolean {
  return value == null || value === '';
}
