import { readFile } from 'node:fs/promises';
import type { ChosenOptions } from '../../domain/administration/index.ts';

/** The demonstration organization, as it stands in db/demo/organization.json; its types, roles and maps are the standard ones. */
export type DemoOrganization = {
  readonly code: string;
  readonly name: string;
  readonly sourceSystems: readonly {
    code: string;
    name: string;
    preset: string;
    rank: number;
    options: ChosenOptions;
  }[];
};

/** Reads a file of db/demo. */
export async function readDemoData<T>(name: string): Promise<T> {
  return JSON.parse(await readDemoText(name)) as T;
}

export function readDemoText(name: string): Promise<string> {
  return readFile(new URL(`../../../db/demo/${name}`, import.meta.url), 'utf8');
}
