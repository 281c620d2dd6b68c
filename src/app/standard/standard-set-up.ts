import { readFile } from 'node:fs/promises';
import type { Administration, Editor, OrgUnitTypeView, RoleView } from '../../domain/administration/index.ts';
import { getOrMake } from './get-or-make.ts';

/** What most organizations begin with, as it stands in db/standard/set-up.json. */
export type StandardSetUp = {
  readonly orgUnitTypes: readonly Omit<OrgUnitTypeView, 'version'>[];
  readonly roles: readonly Omit<RoleView, 'version'>[];
  /** The usual SIS words to codes of the types and roles above. */
  readonly orgUnitTypeMap: Readonly<Record<string, string>>;
  readonly roleMap: Readonly<Record<string, string>>;
};

export async function readStandardSetUp(): Promise<StandardSetUp> {
  const file = new URL('../../../db/standard/set-up.json', import.meta.url);
  return JSON.parse(await readFile(file, 'utf8')) as StandardSetUp;
}

/** Gives an organization the standard org unit types and roles that it has not. */
export async function giveStandardTypesAndRoles(
  { orgUnitTypes, roles }: Administration,
  editor: Editor,
): Promise<void> {
  const standard = await readStandardSetUp();
  for (const type of standard.orgUnitTypes) {
    await getOrMake(
      () => orgUnitTypes.create(editor, type),
      () => orgUnitTypes.get(editor.organizationId, type.code),
    );
  }
  for (const role of standard.roles) {
    await getOrMake(
      () => roles.create(editor, role),
      () => roles.get(editor.organizationId, role.code),
    );
  }
}

/** Maps the usual SIS words of a source system whose maps are empty: what an administrator mapped since stays. */
export async function giveStandardMaps(
  { orgUnitTypeMaps, roleMaps }: Administration,
  editor: Editor,
  source: string,
): Promise<void> {
  const standard = await readStandardSetUp();
  if ((await orgUnitTypeMaps.get(editor.organizationId, source)).items.length === 0) {
    const types = Object.entries(standard.orgUnitTypeMap).map(([sisType, type]) => ({ sisType, type }));
    await orgUnitTypeMaps.replace(editor, source, types, {});
  }
  if ((await roleMaps.get(editor.organizationId, source)).items.length === 0) {
    const roles = Object.entries(standard.roleMap).map(([sisRole, role]) => ({ sisRole, role }));
    await roleMaps.replace(editor, source, roles, {});
  }
}
