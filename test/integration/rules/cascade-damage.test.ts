import { beforeEach, expect, test } from '@jest/globals';
import { findViolations } from '../../../src/state/doctor/integrity.ts';
import { inOrganization } from '../../../src/state/in-transaction.ts';
import { inUnit, membership, person, remove } from '../../oracle/commands.ts';
import { courseWithSections, useSetting } from './setting.ts';

const setting = useSetting();
const [inSection, inOffering, inTemplate] = ['section/S1', 'offering/O1', 'template/C1'].map(
  (unit) => `lis/person/P1 @ lis/${unit}`,
) as [string, string, string];

beforeEach(async () => {
  await setting.organization.send('lis', person('P1'), ...courseWithSections('S1'));
});

/** Turns the flag of one edge, as nothing in the gateway does. */
async function damage(child: string, parent: string): Promise<void> {
  const edge = [await setting.lmsId(child), await setting.lmsId(parent)];
  await inOrganization(setting.database.pool, setting.organization.id, (client) =>
    client.query(
      `update lms_org_unit_parent set cascades = not cascades where org_unit_id = $1 and parent_id = $2`,
      edge,
    ),
  );
}

const wrongEdges = async () =>
  (await findViolations(setting.database.pool, setting.organization.id)).map(({ what }) => what);

test('IPSIS 2.6: reproject mends a section whose enrollments do not reach their offering', async () => {
  const { organization, store } = setting;
  await damage('lis/section/S1', 'lis/offering/O1');
  await organization.send('lis', membership('M1', 'P1', inUnit('section', 'S1')));
  expect((await setting.look()).enrollments[inOffering]).toBeUndefined();
  expect(await wrongEdges()).toEqual([
    'sections and groups whose enrollments reach their offering wrongly or not at all',
  ]);

  expect(await store.reproject(organization.id)).toMatchObject({ changes: 1 });
  expect(await wrongEdges()).toEqual([]);
  expect((await setting.look()).enrollments).toMatchObject({ [inSection]: {}, [inOffering]: { role: 'student' } });
  expect(await store.reproject(organization.id)).toMatchObject({ changes: 0 });
});

test.each([
  ['that stands', 'Learner', false],
  ['that was deleted, of a role that sees all sections', 'Instructor', true],
])('IPSIS 2.6: it ends what cascaded where nothing should, of an enrollment %s', async (_, role, isDeleted) => {
  const { organization, store } = setting;
  await damage('lis/offering/O1', 'lis/template/C1');
  const direct = membership('M1', 'P1', inUnit('offering', 'O1'), role);
  await organization.send('lis', direct);
  if (isDeleted) await organization.send('lis', remove(direct));
  expect((await setting.look()).enrollments[inTemplate]).not.toMatchObject({ ended: true });

  expect(await store.reproject(organization.id)).toMatchObject({ changes: 1 });
  expect(await wrongEdges()).toEqual([]);
  expect((await setting.look()).enrollments[inTemplate]).toMatchObject({ ended: true });
  expect(await store.reproject(organization.id)).toMatchObject({ changes: 0 });
});
