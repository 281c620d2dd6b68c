import type { Administration, Editor, OrganizationView } from '../../domain/administration/index.ts';
import { GatewayError } from '../../domain/problem.ts';
import { type DemoOrganization, readDemoData } from './demo-data.ts';

/**
 * Creates the demonstration organization, or completes one whose creation was interrupted. Two processes may do so at
 * once: what one finds to exist already was made by the other.
 */
export async function createDemoOrganization(administration: Administration): Promise<OrganizationView> {
  const demo = await readDemoData<DemoOrganization>('organization.json');
  const { code, name } = demo;
  const organization = await getOrMake(
    () => administration.organizations.create({ code, name }),
    () => administration.organizations.get(code),
  );
  const editor = { organizationId: organization.id, actor: 'demonstration' };
  for (const type of demo.orgUnitTypes) {
    await getOrMake(
      () => administration.orgUnitTypes.create(editor, type),
      () => administration.orgUnitTypes.get(organization.id, type.code),
    );
  }
  for (const role of demo.roles) {
    await getOrMake(
      () => administration.roles.create(editor, role),
      () => administration.roles.get(organization.id, role.code),
    );
  }
  for (const source of demo.sourceSystems) {
    await getOrMake(
      () => administration.sourceSystems.create(editor, { ...source, state: 'enabled' }),
      () => administration.sourceSystems.get(organization.id, source.code),
    );
    await setMaps(administration, editor, source.code, demo);
  }
  return organization;
}

/** Only where there is none yet: what an administrator mapped since stays. */
async function setMaps(
  { orgUnitTypeMaps, roleMaps }: Administration,
  editor: Editor,
  source: string,
  demo: DemoOrganization,
): Promise<void> {
  if ((await orgUnitTypeMaps.get(editor.organizationId, source)).items.length === 0) {
    const types = Object.entries(demo.orgUnitTypeMap).map(([sisType, type]) => ({ sisType, type }));
    await orgUnitTypeMaps.replace(editor, source, types, {});
  }
  if ((await roleMaps.get(editor.organizationId, source)).items.length === 0) {
    const roles = Object.entries(demo.roleMap).map(([sisRole, role]) => ({ sisRole, role }));
    await roleMaps.replace(editor, source, roles, {});
  }
}

async function getOrMake<T>(make: () => Promise<T>, get: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'conflict') return get();
    throw error;
  }
}
