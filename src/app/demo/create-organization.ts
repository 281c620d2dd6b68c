import type { Administration, OrganizationView } from '../../domain/administration/index.ts';
import { getOrMake } from '../standard/get-or-make.ts';
import { giveStandardMaps, giveStandardTypesAndRoles } from '../standard/standard-set-up.ts';
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
  await giveStandardTypesAndRoles(administration, editor);
  for (const source of demo.sourceSystems) {
    await getOrMake(
      () => administration.sourceSystems.create(editor, { ...source, state: 'enabled' }),
      () => administration.sourceSystems.get(organization.id, source.code),
    );
    await giveStandardMaps(administration, editor, source.code);
  }
  return organization;
}
