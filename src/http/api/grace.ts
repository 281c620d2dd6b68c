import { z } from 'zod';
import { fold } from '../../domain/source-system.ts';

const period = {
  days: z
    .union([z.int().min(0).max(730), z.literal('never')], { error: 'must be a number of days up to 730, or "never"' })
    .meta({ description: '0: it ends at once. `never`: it stays until somebody says something of it.' }),
  meanwhile: z
    .enum(['inactive', 'active'])
    .optional()
    .meta({ description: 'What the LMS sees until then. Default `inactive`.' }),
};

/** The option `grace`: what becomes of enrollments that a run leaves out. */
export const grace = z
  .strictObject({
    others: z
      .strictObject(period)
      .optional()
      .meta({ description: 'Of the roles that are not named; default: 0 days.' }),
    roles: z
      .array(z.strictObject({ roles: z.array(z.string().trim().min(1).max(200)).min(1).max(100), ...period }))
      .max(100)
      .optional()
      .meta({
        description: "By the SIS's own words for roles. Of several roles of an enrollment the longest period holds.",
        example: [{ roles: ['Instructor', 'TA'], days: 30 }],
      }),
    fileDeletes: z.boolean().optional().meta({
      description:
        'Also where a file deletes an enrollment by name; without it only where a snapshot does not name it.',
    }),
  })
  .superRefine(({ roles = [] }, context) => {
    const words = roles.flatMap((one) => one.roles.map((role) => fold(role)));
    for (const word of new Set(words.filter((role, index) => words.indexOf(role) !== index)))
      context.addIssue({ code: 'custom', message: `names the role "${word}" more than once` });
  })
  .meta({
    id: 'Grace',
    description:
      'An enrollment that a file leaves out ends so many days after that was applied; its id stays if it comes back. Persons are never deleted so, only inactivated.',
  });
