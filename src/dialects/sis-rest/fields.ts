import { z } from 'zod';
import { orgUnitWireKinds, parentRoles, relationKinds } from '../../domain/entities.ts';
import { maxSourcedIdLength } from '../../domain/synthetic-enrollment-id.ts';
import { instant } from '../../formats/json/index.ts';

/*
 * The JSON of what a source system may state: the fields of the canonical model in their own words. Absent = leave (in an
 * update) or not stated (in a replace); null = stated as empty. A field that is not listed is a mistake of the sender.
 */

export const sourcedId = z.string().trim().min(1).max(maxSourcedIdLength).meta({
  description: "The source system's own, permanent id of the object. Compared byte by byte, without blanks around it.",
  example: 'S-1001',
});

/** Without blanks around it, as the SOAP door reads it; what is left blank is stated as empty (`blankIsEmpty`). */
const text = z.string().trim().nullable().optional();
const flag = z.boolean().nullable().optional();
const attributes = z
  .record(z.string(), z.string())
  .nullable()
  .optional()
  .meta({ description: 'Extension fields, by name.' });

const date = instant.nullable().optional();

const institutionRole = z.strictObject({
  role: z
    .string()
    .trim()
    .min(1)
    .meta({ description: "The SIS's own word, as the role map knows it.", example: 'Student' }),
  primary: z.boolean().default(false),
});

const relation = z.strictObject({
  kind: z.enum(relationKinds),
  sourcedId: sourcedId.meta({ description: 'The person who is the auditor, parent, guardian or relative.' }),
});

export const userFields = z
  .strictObject({
    orgDefinedId: text.meta({
      description: 'What identifies the person in the organization; the sourcedId if not stated.',
    }),
    userName: text,
    formattedName: text,
    givenName: text,
    middleName: text,
    familyName: text,
    namePrefix: text,
    nameSuffix: text,
    nickname: text,
    preferredGivenName: text,
    preferredFamilyName: text,
    sortFamilyName: text.meta({ description: 'The family name as lists are sorted by it.', example: 'Berg' }),
    pronouns: text.meta({ description: 'As the person writes them.', example: 'they/them' }),
    email: text,
    active: flag,
    roles: z.array(institutionRole).nullable().optional(),
    relations: z.array(relation).nullable().optional().meta({
      description:
        'Who audits the person, and who the parents, guardians and relatives are: all of them. One that is left out is removed. Taken by the plug-ins `update-auditors` and `update-parents`; only the latter is in the list that is shipped.',
    }),
    attributes,
  })
  .meta({
    id: 'UserFields',
    description:
      'What a source system states of a person. Needs some name: formatted, given, family, preferred, or a user name; an update may not take the last one away.',
  });

export const orgUnitKind = z
  .enum(orgUnitWireKinds)
  .meta({ description: 'The kind of org unit; a sourcedId is unique within its kind only.' });

/** A section association is an org unit too, but has calls of its own. */
export const orgUnitCallKind = orgUnitKind.exclude(['association']).meta({
  description: 'The kind of org unit. Needed to read and delete; otherwise told by a literal type, else group.',
});

const parentReference = z.strictObject({
  role: z.enum(parentRoles),
  kind: orgUnitKind.nullable().default(null),
  sourcedId,
  name: z.string().trim().min(1).optional().meta({ description: 'Names a placeholder until its own message comes.' }),
});

const ownOrgUnitFields = {
  type: z.string().trim().min(1).optional().meta({
    description:
      "The SIS's own type, as the org unit type map knows it. Needed for a group; templates, offerings and sections are CourseTemplate, CourseOffering and CourseSection unless stated.",
    example: 'DEPARTMENT',
  }),
  code: text,
  name: text.meta({
    description: 'The title. Needed for a template, offering or section; a group without one is called by its code.',
  }),
  shortName: text,
  description: text,
  active: flag,
  startsAt: date,
  endsAt: date,
  parents: z.array(parentReference).nullable().optional(),
  attributes,
};

export const orgUnitFields = z.strictObject(ownOrgUnitFields).meta({
  id: 'OrgUnitFields',
  description: 'What a source system states of a group, course template, offering or section.',
});

const roleEntry = z.strictObject({
  role: z
    .string()
    .trim()
    .min(1)
    .meta({ description: "The SIS's own word, as the role map knows it.", example: 'Learner' }),
  subRole: z.string().trim().min(1).optional(),
  active: z.boolean().default(true).meta({ description: 'An inactive entry enrolls nobody.' }),
  startsAt: instant.optional(),
  endsAt: instant.optional(),
});

const orgUnitReference = z
  .union([sourcedId, z.strictObject({ kind: orgUnitKind.nullable().default(null), sourcedId })], {
    error: 'must be a sourcedId, or an object with sourcedId and kind',
  })
  .meta({ description: 'The org unit: its sourcedId, with its kind where one sourcedId names several kinds.' });

const ownEnrollmentFields = {
  userSourcedId: sourcedId,
  orgUnit: orgUnitReference,
  roles: z.array(roleEntry).min(1),
  attributes,
};

export const enrollmentFields = z
  .strictObject(ownEnrollmentFields)
  .meta({ id: 'EnrollmentFields', description: 'What a source system states of a membership.' });

export const enrollmentChanges = z.strictObject(ownEnrollmentFields).partial().meta({
  id: 'EnrollmentChanges',
  description: 'Absent = leave, null = clear.',
});

/** The body of a rename. */
export const renaming = z.strictObject({ newSourcedId: sourcedId }).meta({ id: 'Renaming' });

/** Names an enrollment that has no id of its own. */
export const enrollmentPair = z
  .strictObject({ userSourcedId: sourcedId, orgUnit: orgUnitReference })
  .meta({ id: 'EnrollmentPair' });

export const associationFields = z
  .strictObject({
    code: text,
    name: text,
    active: flag,
    sections: z.array(sourcedId).nullable().optional().meta({ description: 'The full list of its sections.' }),
    attributes,
  })
  .meta({
    id: 'AssociationFields',
    description: 'What a source system states of a section association: a combined offering.',
  });
