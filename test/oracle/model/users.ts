import type { ProblemCode } from '../../../src/domain/problem.ts';
import { fold } from '../../../src/domain/source-system.ts';
import { institutionRole, isKept } from './declare.ts';
import { merge, override } from './merge.ts';
import { byOrder, byRank, chosenView, type LmsUser, type State, type UserRow } from './state.ts';

/** The live person rows; why the others wait, and what live ones are refused. */
export type SettledUsers = { live: Set<UserRow>; waits: Map<string, ProblemCode> };

/** Decides which rows are live, and with them the links, states and identities of the LMS users (projection.md, 5). */
export function settleUsers(state: State): SettledUsers {
  const inOrder = [...state.users.values()].filter((row) => !row.deleted).sort(byOrder(state));
  const able = inOrder.filter((row) => hasMappedRole(row));
  const live = new Set<UserRow>();

  for (const user of state.lmsUsers) end(state, new Set(able), user);
  const isChosen = (row: UserRow) => state.choices?.live.includes(row.key) === true;
  const enterOne = (rows: UserRow[]) => {
    const entered = rows.find((row) => !live.has(row) && enter(state, row));
    if (entered !== undefined) live.add(entered);
    return entered !== undefined;
  };
  const renameOne = (isAllowed: (user: LmsUser) => IsAllowed) =>
    state.lmsUsers.some((user) => rename(state, user, liveRowsOf(state, live, user), isAllowed(user)));
  while (
    enterOne(able.filter(isChosen)) ||
    renameOne((user) => isChosenIdentity(state, user)) ||
    enterOne(able) ||
    renameOne(() => () => true)
  );
  for (const user of state.lmsUsers) end(state, live, user);
  return { live, waits: new Map([...waitsOf(inOrder, live), ...marksOf(state, live)]) };
}

/** The live rows that are linked to an LMS user, the best-ranked first. */
export function liveRowsOf(state: State, live: Set<UserRow>, user: LmsUser): UserRow[] {
  return [...live].filter((row) => state.userLinks.get(row.key)?.object === user).sort(byRank(state));
}

function hasMappedRole(row: UserRow): boolean {
  const role = institutionRole(row.fields);
  return role === undefined || row.source.roleMap.has(fold(role));
}

/** Without live rows a user is inactive, or deleted if the best-ranked deletion says so and no row only waits. */
function end(state: State, live: Set<UserRow>, user: LmsUser): void {
  if (user.state === 'deleted' || liveRowsOf(state, live, user).length > 0) return;
  const linked = [...state.users.values()].filter((row) => state.userLinks.get(row.key)?.object === user);
  const best = linked.sort(byRank(state))[0];
  const isGone = linked.every((row) => row.deleted);
  user.state = isGone && best?.source.options.userDelete === 'delete' ? 'deleted' : 'inactive';
}

/** Conditions 3 and 4: has or gets a link to an LMS user, and an identity of its own. */
function enter(state: State, row: UserRow): boolean {
  const link = state.userLinks.get(row.key);
  if (link === undefined) return adoptOrCreate(state, row);
  if (link.object.state === 'deleted') {
    if (isInConflict(state, row)) return false;
    link.object.userName = row.fields.userName ?? null;
    link.object.orgDefinedId = orgDefinedIdOf(row);
  }
  link.object.state = 'active';
  return true;
}

function adoptOrCreate(state: State, row: UserRow): boolean {
  const match =
    row.source.options.identityRule === 'user_name'
      ? userWith(state, 'userName', row.fields.userName)
      : userWith(state, 'orgDefinedId', orgDefinedIdOf(row));
  if (match !== undefined) {
    if (isLinkedFrom(state, row, match)) return false;
    match.state = 'active';
    state.userLinks.set(row.key, { row: row.key, object: match, adopted: true });
    return true;
  }
  const userName = row.fields.userName ?? null;
  if (userWith(state, 'userName', userName) !== undefined) return false;
  const serial = state.lmsUsers.length + 1;
  const orgDefinedId = orgDefinedIdOf(row);
  const user: LmsUser = { serial, userName, orgDefinedId, role: null, fields: {}, state: 'active' };
  state.lmsUsers.push(user);
  state.userLinks.set(row.key, { row: row.key, object: user, adopted: false });
  return true;
}

/** The first LMS user, but one, that is not deleted and has a name or id. */
function userWith(
  state: State,
  field: 'userName' | 'orgDefinedId',
  value: string | null | undefined,
  except?: LmsUser,
): LmsUser | undefined {
  if (value == null) return undefined;
  const same = (other: string | null) => other !== null && fold(other) === fold(value);
  return state.lmsUsers.find((user) => user !== except && user.state !== 'deleted' && same(user[field]));
}

function orgDefinedIdOf(row: UserRow): string {
  return row.fields.orgDefinedId ?? row.sourcedId;
}

function isInConflict(state: State, row: UserRow): boolean {
  const own = state.userLinks.get(row.key)?.object;
  if (userWith(state, 'userName', row.fields.userName, own) !== undefined) return true;
  if (row.source.options.identityRule !== 'org_defined_id') return false;
  return userWith(state, 'orgDefinedId', orgDefinedIdOf(row), own) !== undefined;
}

function isLinkedFrom(state: State, row: UserRow, user: LmsUser): boolean {
  return [...state.userLinks.values()].some(
    (link) => link.object === user && link.row.startsWith(`${row.source.code}/`),
  );
}

type Identity = 'userName' | 'orgDefinedId';
type IsAllowed = (field: Identity, value: string | null) => boolean;

/** Gives a user the name and id that its live rows want, where they are free. Says whether one changed. */
function rename(state: State, user: LmsUser, rows: UserRow[], isAllowed: IsAllowed): boolean {
  const before = { ...user };
  const userName = userNameWanted(state, user, rows);
  if (isAllowed('userName', userName) && userWith(state, 'userName', userName, user) === undefined) {
    user.userName = userName;
  }
  const decisive = decidesId(state, rows);
  if (decisive !== undefined && isAllowed('orgDefinedId', orgDefinedIdOf(decisive))) {
    const isUnique = decisive.source.options.identityRule === 'org_defined_id';
    const wanted = orgDefinedIdOf(decisive);
    const isItsOwn = user.orgDefinedId !== null && fold(wanted) === fold(user.orgDefinedId);
    if (!isUnique || isItsOwn || userWith(state, 'orgDefinedId', wanted, user) === undefined)
      user.orgDefinedId = wanted;
  }
  return user.userName !== before.userName || user.orgDefinedId !== before.orgDefinedId;
}

/** The best-ranked statement; what no row says and a row may not say stays. */
function userNameWanted(state: State, user: LmsUser, rows: UserRow[]): string | null {
  const saying = decidesName(state, rows);
  if (saying !== undefined) return saying.fields.userName ?? null;
  return rows.length === 0 || rows.some((row) => withheldBy(state, row)('userName')) ? user.userName : null;
}

function decidesName(state: State, rows: UserRow[]): UserRow | undefined {
  return rows.find((row) => row.fields.userName !== undefined && !withheldBy(state, row)('userName'));
}

function decidesId(state: State, rows: UserRow[]): UserRow | undefined {
  const saying = rows.filter((row) => !withheldBy(state, row)('orgDefinedId'));
  const stating = saying.find((row) => row.fields.orgDefinedId != null);
  return stating ?? (saying.length === rows.length ? rows[0] : undefined);
}

function isChosenIdentity(state: State, user: LmsUser): IsAllowed {
  const chosen = chosenView(state.choices?.users, state.userLinks, user)?.seen;
  return (field, value) => chosen?.[field] === value;
}

function waitsOf(inOrder: UserRow[], live: Set<UserRow>): Map<string, ProblemCode> {
  const waits = new Map<string, ProblemCode>();
  for (const row of inOrder) {
    if (!hasMappedRole(row)) waits.set(row.key, 'unmapped_role');
    else if (!live.has(row)) waits.set(row.key, 'identity_conflict');
  }
  return waits;
}

/** Live rows that ask for a name or an id that their LMS user cannot have. */
function marksOf(state: State, live: Set<UserRow>): Map<string, ProblemCode> {
  const marks = new Map<string, ProblemCode>();
  const isOther = (has: string | null, asked: string) => has === null || fold(has) !== fold(asked);
  for (const user of state.lmsUsers) {
    const rows = liveRowsOf(state, live, user);
    const [byName, byId] = [decidesName(state, rows), decidesId(state, rows)];
    if (byName?.fields.userName != null && isOther(user.userName, byName.fields.userName)) {
      marks.set(byName.key, 'identity_conflict');
    }
    if (byId !== undefined && isOther(user.orgDefinedId, orgDefinedIdOf(byId)))
      marks.set(byId.key, 'identity_conflict');
  }
  return marks;
}

const userFieldNames = [
  ...['formattedName', 'givenName', 'middleName', 'familyName', 'namePrefix', 'nameSuffix', 'nickname'],
  ...['preferredGivenName', 'preferredFamilyName', 'email', 'active', 'attributes'],
] as const;

/** Merges what its live rows say of an LMS user (projection.md, 6), the best-ranked first, and shows it. */
export function userFields(state: State, user: LmsUser, rows: UserRow[]): Record<string, unknown> {
  const stating = rows.map((row) => ({ fields: row.fields, withheld: withheldBy(state, row) }));
  const merged = merge(userFieldNames, stating, user.fields);
  user.fields = override(merged, stating, state.overrides.get(user), state.lmsOwned.user);
  return user.fields;
}

/** The LMS role of the first row that states a role; what no row says and a row may not say stays. */
export function userRole(state: State, user: LmsUser, rows: UserRow[]): string | null {
  const saying = rows.find((row) => institutionRole(row.fields) !== undefined && !withheldBy(state, row)('roles'));
  const role = saying && institutionRole(saying.fields);
  if (role !== undefined) user.role = saying?.source.roleMap.get(fold(role)) ?? null;
  else if (!rows.some((row) => withheldBy(state, row)('roles'))) user.role = null;
  return user.role;
}

/** An adopted link never states the fields that its source system may not overwrite. */
function withheldBy(state: State, row: UserRow): (field: string) => boolean {
  const isAdopted = state.userLinks.get(row.key)?.adopted === true;
  return (field) => isAdopted && isKept(row.source.options.overwrite.user, field);
}
