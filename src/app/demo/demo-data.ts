import { readFile } from 'node:fs/promises';
import type { ChosenOptions, OrgUnitTypeView, RoleView } from '../../domain/administration/index.ts';

/** The set-up of the demonstration organization, as it stands in db/demo/organization.json. */
export type DemoOrganization = {
  readonly code: string;
  readonly name: string;
  readonly orgUnitTypes: readonly Omit<OrgUnitTypeView, 'version'>[];
  readonly roles: readonly Omit<RoleView, 'version'>[];
  readonly sourceSystems: readonly {
    code: string;
    name: string;
    preset: string;
    rank: number;
    options: ChosenOptions;
  }[];
  /** SIS words to codes of the types and roles above; the same for each source system. */
  readonly orgUnitTypeMap: Readonly<Record<string, string>>;
  readonly roleMap: Readonly<Record<string, string>>;
};

/** Reads a file of db/demo. */
export async function readDemoData<T>(name: string): Promise<T> {
  return JSON.parse(await readDemoText(name)) as T;
}

export function readDemoText(name: string): Promise<string> {
  return readFile(new URL(`../../../db/demo/${name}`, import.meta.url), 'utf8');
}
