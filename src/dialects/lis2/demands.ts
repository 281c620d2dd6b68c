import type { ParentRole } from '../../domain/entities.ts';
import type { Demand } from '../../pipeline/plugins/index.ts';

interface Stated {
  readonly givenName?: unknown;
  readonly familyName?: unknown;
  readonly startsAt?: unknown;
  readonly endsAt?: unknown;
  readonly parents?: readonly { readonly role: ParentRole }[];
  readonly sections?: readonly string[];
}

const parent = (role: ParentRole, what: string, at: string): Demand => ({
  what,
  at,
  isStated: ({ parents }: Stated) => parents?.some((each) => each.role === role) ?? false,
});

/**
 * What IPSIS requires where we let a record go without, by the kind of object and the name of the step. The steps that
 * IPSIS calls Required and that are not here demand their part anyway.
 */
export const demands: Readonly<Record<string, Readonly<Record<string, Demand>>>> = {
  Person: {
    names: {
      what: 'The given name and the family name of the person',
      at: 'name/partName',
      isStated: ({ givenName, familyName }: Stated) => givenName !== undefined && familyName !== undefined,
    },
  },
  CourseOffering: { template: parent('template', 'The template', 'parentTemplateId') },
  CourseSection: {
    offering: parent('offering', 'The offering', 'parentOfferingId'),
    department: parent('department', 'The department', 'org/orgName'),
    dates: {
      what: 'The begin and the end',
      at: 'timeFrame',
      isStated: ({ startsAt, endsAt }: Stated) => startsAt !== undefined && endsAt !== undefined,
    },
  },
  SectionAssociation: {
    sections: {
      what: 'A section',
      at: 'courseSectionIdList/courseSectionId',
      isStated: ({ sections }: Stated) => sections !== undefined && sections.length > 0,
    },
  },
};
