import { isDeepStrictEqual } from 'node:util';
import type pg from 'pg';
import { differences, inOrganization, type NameOf, readNames, readProjection } from './compare.ts';
import {
  comparedOrgUnitFields,
  comparedUserFields,
  instant,
  plainFields,
  type Projection,
  type SeenOrgUnit,
} from './projection.ts';

type Image = Record<string, unknown>;
export type FeedChange = {
  seq: number;
  entity: 'user' | 'org_unit' | 'enrollment' | 'relation';
  lms_id: string;
  operation: 'created' | 'updated' | 'deleted';
  before: Image | null;
  after: Image | null;
};

/** Reads the feed of an organization after a cursor, as a client does. */
export async function readFeed(
  pool: pg.Pool,
  organizationId: number,
  after = 0,
  limit = 100_000,
): Promise<FeedChange[]> {
  return inOrganization(pool, organizationId, async (client) => {
    const { rows } = await client.query<FeedChange>(
      `select seq::integer, entity, lms_id::text, operation, before, after from change
        where organization_id = $1 and seq > $2 order by seq limit $3`,
      [organizationId, after, limit],
    );
    return rows;
  });
}

/**
 * Replays the feed from nothing and says where it departs from the projected state; a client of the feed knows nothing
 * else. Throws where an image contradicts those before it, or where a number is missing.
 */
export async function feedFaults(pool: pg.Pool, organizationId: number): Promise<string[]> {
  const images = new Map<string, { change: FeedChange; image: Image }>();
  const feed = await readFeed(pool, organizationId);
  feed.forEach((change, index) => {
    if (change.seq !== index + 1) throw new Error(`seq ${change.seq} stands where ${index + 1} should`);
    const key = `${change.entity} ${change.lms_id}`;
    images.set(key, { change, image: follow(images.get(key)?.image, change) });
  });
  const nameOf = await inOrganization(pool, organizationId, (client) => readNames(client));
  const { waits, live, ...projected } = await readProjection(pool, organizationId);
  const replayed = toProjection([...images.values()], nameOf);
  return differences({ ...asFarAsSeen(replayed, projected), waits, live }, { ...projected, waits, live });
}

type Shown = Omit<Projection, 'waits' | 'live'>;

/** Of what no declared row is live for only the state is compared. */
function asFarAsSeen(replayed: Shown, projected: Shown): Shown {
  const cut = <View extends { seen?: unknown }>(views: Record<string, View>, others: Record<string, View>) =>
    Object.fromEntries(
      Object.entries(views).map(([name, view]) => {
        const { seen: _seen, ...rest } = view;
        return [name, others[name]?.seen === undefined ? (rest as View) : view];
      }),
    );
  return {
    users: cut(replayed.users, projected.users),
    orgUnits: cut(replayed.orgUnits, projected.orgUnits),
    enrollments: replayed.enrollments,
    relations: replayed.relations,
  };
}

/** Created and deleted carry the whole image, updated what differs. */
function follow(known: Image | undefined, change: FeedChange): Image {
  const { operation, before, after } = change;
  const fault = (what: string) => new Error(`${what}: ${JSON.stringify(change)} after ${JSON.stringify(known)}`);
  if (operation === 'created') {
    if (before !== null || after === null) throw fault('created with a before image or without an after image');
    return after;
  }
  if (known === undefined || before === null) throw fault('changed, but never created or without a before image');
  for (const [field, value] of Object.entries(before)) {
    if (!isDeepStrictEqual(known[field], value)) throw fault(`before image with another ${field}`);
  }
  if (operation === 'deleted') return { ...known, ...after, isDeleted: true };
  if (after === null) throw fault('updated without an after image');
  const left = Object.entries(known).filter(([field]) => !(field in before));
  return { ...Object.fromEntries(left), ...after, isDeleted: false };
}

function toProjection(images: { change: FeedChange; image: Image }[], nameOf: NameOf): Shown {
  const projection: Shown = { users: {}, orgUnits: {}, enrollments: {}, relations: {} };
  for (const { change, image } of images) {
    const state = image.isDeleted === true ? 'deleted' : (image.state as 'active' | 'inactive');
    if (change.entity === 'user') {
      projection.users[nameOf(change.lms_id)] = { state, seen: seenUser(image) };
    } else if (change.entity === 'org_unit') {
      projection.orgUnits[nameOf(change.lms_id)] = {
        state,
        type: image.type as string,
        seen: seenOrgUnit(image, nameOf),
      };
    } else if (change.entity === 'relation') {
      const { userId, kind, agentId } = image as Record<string, string>;
      projection.relations[`${nameOf(userId!)} has ${kind!} ${nameOf(agentId!)}`] = { ended: image.isDeleted === true };
    } else {
      const name = `${nameOf(image.userId as string)} @ ${nameOf(image.orgUnitId as string)}`;
      projection.enrollments[name] = image.isDeleted === true ? { ended: true } : seenEnrollment(image);
    }
  }
  return projection;
}

function seenUser(image: Image) {
  const text = (name: string) => (image[name] as string | undefined) ?? null;
  const fields = plainFields(image, comparedUserFields);
  return { userName: text('userName'), orgDefinedId: text('orgDefinedId'), role: text('role'), fields };
}

function seenOrgUnit(image: Image, nameOf: NameOf): SeenOrgUnit {
  const parents = (image.parents as string[]).map(nameOf);
  return { code: image.code as string, parents, fields: plainFields(image, comparedOrgUnitFields) };
}

function seenEnrollment(image: Image) {
  const { role, subRole, startsAt, endsAt, state } = image as Record<string, string | undefined>;
  const dates = { startsAt: instant(startsAt), endsAt: instant(endsAt) };
  return { role: role!, subRole: subRole ?? null, ...dates, inactive: state === 'inactive' };
}
