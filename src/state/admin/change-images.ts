import type { ChangeView } from '../../domain/administration/index.ts';

type Image = ChangeView['before'];
type Images = Pick<ChangeView, 'before' | 'after'>;

/**
 * What a change tells of before and after, as whoever follows the feed applies it: both images of an update name the same
 * fields, null standing for what is not there; enrollments and relations bear the state and the spelling of instants that
 * their collections show. Kept are only the fields that differ and are there.
 */
export function toImages({
  entity,
  operation,
  before,
  after,
}: Pick<ChangeView, 'entity' | 'operation'> & Images): Images {
  if (operation === 'updated') {
    const none = Object.fromEntries(
      [...Object.keys(before ?? {}), ...Object.keys(after ?? {})].map((key) => [key, null]),
    );
    return { before: spelled(entity, { ...none, ...before }), after: spelled(entity, { ...none, ...after }) };
  }
  return { before: whole(entity, before), after: whole(entity, after) };
}

/** Enrollments and relations stand or are ended: one that is told of whole stands. */
function whole(entity: ChangeView['entity'], image: Image): Image {
  if (image === null || entity === 'user' || entity === 'org_unit') return image;
  return { state: 'active', ...spelled(entity, image) };
}

/** Postgres has its own spelling of the dates of enrollments, which are columns; those of org units stand as they were stated. */
function spelled(entity: ChangeView['entity'], image: Record<string, unknown>): Record<string, unknown> {
  if (entity !== 'enrollment') return image;
  const { startsAt, endsAt } = image;
  return {
    ...image,
    ...('state' in image && { state: image.state ?? 'active' }),
    ...(typeof startsAt === 'string' && { startsAt: new Date(startsAt).toISOString() }),
    ...(typeof endsAt === 'string' && { endsAt: new Date(endsAt).toISOString() }),
  };
}
