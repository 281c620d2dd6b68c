import { z } from 'zod';
import { fold } from '../../domain/source-system.ts';
import { defineHandler } from '../../pipeline/plugins/index.ts';
import { aliased } from '../points.ts';
import { eachReplace, restate } from '../restated.ts';

/** What asks for a copy, and how it is spelled when it reaches the LMS; senders follow a misprint, too (`CoupCourse...`). */
const requests = [
  'CopyCourseSourceExternalId',
  'CopyCourseParent',
  'CopyCourseSourceOrgUnitId',
  'CopyCourseSourceOrgUnitCode',
] as const;

const options = z.strictObject({
  implicit: z.enum(['none', 'template', 'sibling']).default('none').meta({
    description:
      'What an offering is copied from that asks for nothing: its template, or the offering whose code is that of the template.',
  }),
});

/**
 * The LMS copies content, not the gateway: the request is an attribute of the offering, and so of the change that tells
 * the LMS of the new offering.
 */
export const copyCourse = defineHandler({
  name: 'copy-course',
  summary:
    'Carries the request to copy a course as attributes of the offering, spelled in one way; `implicit` asks for those that do not.',
  points: ['handle.course_offering.replace'],
  stage: 'rule',
  alias: aliased('CopyCourse'),
  options,
  make: ({ implicit }) => ({
    handle(batch) {
      eachReplace(batch, (item, fields) => {
        const attributes = (fields.attributes ?? {}) as Record<string, string>;
        const spelled = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [spelling(name), value]));
        const asks = requests.some((name) => name in spelled);
        const asked = asks ? {} : implicitly(implicit, fields.parents as readonly Parent[] | null | undefined);
        if (asks || Object.keys(asked).length > 0) restate(item, { attributes: { ...spelled, ...asked } });
      });
    },
  }),
});

interface Parent {
  readonly role: string;
  readonly sourcedId: string;
}

function spelling(name: string): string {
  const meant = fold(name).replace(/^coupcourse/, 'copycourse');
  return requests.find((request) => fold(request) === meant) ?? name;
}

function implicitly(
  mode: 'none' | 'template' | 'sibling',
  parents: readonly Parent[] | null | undefined,
): Record<string, string> {
  const template = parents?.find(({ role }) => role === 'template')?.sourcedId;
  if (mode === 'none' || template === undefined) return {};
  return mode === 'template'
    ? { CopyCourseParent: 'true', CopyCourseSourceExternalId: template }
    : { CopyCourseSourceOrgUnitCode: template };
}
