import { handledEntities, type HandledEntity, type HandledVerb, type HandlePoint } from '../domain/extension-points.ts';

/** The extension points of these entities and this verb. */
export function pointsOf(verb: HandledVerb, entities: readonly HandledEntity[] = handledEntities): HandlePoint[] {
  return entities.map((entity): HandlePoint => `handle.${entity}.${verb}`);
}

/** All that become org units. */
export const orgUnits = [
  'semester',
  'department',
  'org_unit',
  'course_template',
  'course_offering',
  'course_section',
  'section_association',
] as const satisfies readonly HandledEntity[];

export const courses = ['course_template', 'course_offering', 'course_section'] as const;

/** The name that IPSIS gives a handler: `ReplaceUser` + `SaveLMS` + `Handler`. */
export function aliased(
  suffix: string | ((point: string) => string | undefined),
): (point: string) => string | undefined {
  return (point) => {
    const end = typeof suffix === 'string' ? suffix : suffix(point);
    return end === undefined ? undefined : `${prefixOf(point)}${end}Handler`;
  };
}

/** IPSIS calls an org unit that is neither semester nor department `OtherOrgUnit` when it deletes it, `OrgUnit` otherwise. */
function prefixOf(point: string): string {
  const [, entity = '', verb = ''] = point.split('.');
  const words = entity.split('_').map(capital).join('');
  return capital(verb) + (point === 'handle.org_unit.delete' ? `Other${words}` : words);
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
