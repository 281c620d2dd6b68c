import { expect, test } from '@jest/globals';
import { withDatabase } from '../../testing/with-database.ts';
import { inOrganization, inTransaction } from '../in-transaction.ts';
import { createOrganization } from '../organizations.ts';
import { findViolations } from './integrity.ts';

/** Rows that lead nowhere: 99 is the id of nothing. */
const dangling = [
  `lms_user (organization_id, id, fields, role_id, state) values ($1, 7001, '{}', 99, 'active')`,
  `lms_org_unit (organization_id, id, org_unit_type_id, code, code_key, fields, state) values ($1, 7002, 99, 'x', 'x', '{}', 'active')`,
  `lms_enrollment (organization_id, id, user_id, org_unit_id, role_id) values ($1, 7003, 99, 99, 99)`,
  `lms_org_unit_parent (organization_id, org_unit_id, parent_id, position, cascades) values ($1, 98, 99, 1, false)`,
  `declared_org_unit (organization_id, source_system_id, sourced_id, kind, fields, message_id, parent_ids)
     values ($1, 1, 'G1', 'group', '{}', gen_random_uuid(), '{99}')`,
  `declared_enrollment (organization_id, source_system_id, sourced_id, user_sourced_id, org_unit_sourced_id, roles, message_id, user_id)
     values ($1, 1, 'M1', 'P1', 'G1', '[]', gen_random_uuid(), 99)`,
  `declared_enrollment (organization_id, source_system_id, sourced_id, user_sourced_id, org_unit_sourced_id, roles, message_id, leaving)
     values ($1, 1, 'M2', 'P1', 'G1', '[]', gen_random_uuid(), 'inactive')`,
  `lms_relation (organization_id, id, user_id, agent_id, kind) values ($1, 7004, 7001, 99, 'auditor')`,
  `declared_relation (organization_id, source_system_id, sourced_id, kind, agent_sourced_id) values ($1, 1, 'P1', 'parent', 'P2')`,
  `link (organization_id, source_system_id, sourced_id, kind, lms_id) values ($1, 1, 'P1', 'person', 99)`,
  `override (organization_id, lms_id, field, value, set_by) values ($1, 99, 'email', '""', 'an LMS')`,
];

test('every reference that no foreign key holds is followed', () =>
  withDatabase(async ({ pool }) => {
    const id = await inTransaction(pool, (client) => createOrganization(client, 'north', 'North'));
    expect(await findViolations(pool, id)).toEqual([]);

    await inOrganization(pool, id, async (client) => {
      for (const row of dangling) await client.query(`insert into ${row}`, [id]);
    });
    const found = (await findViolations(pool, id)).map(({ what, example }) => `${what}: ${example}`);
    expect(found).toEqual([
      'projected enrollments of a user who is not there: 7003',
      'projected enrollments in an org unit that is not there: 7003',
      'projected relations, not ended, that nothing declared reaches: 7004',
      'relations that a person states and that nobody placed, or that nobody states: P1',
      'relations of a user who is not there: 7004',
      'links to an LMS object that is not there: person P1',
      'parents of org units that are not there: 98',
      'children of org units that are not there: 98',
      'parents of declared org units that are not there: group G1',
      'declared enrollments that reach a user or an org unit that is not there: M1',
      'declared enrollments that are to end, and that nobody will end: M2',
      'active users whose role is not there: 7001',
      'projected enrollments, not ended, whose role is not there: 7003',
      'org units whose type is not there: 7002',
      'overrides of an LMS object that is not there: 99',
    ]);
  }));

test('what only one may have is looked for', () =>
  withDatabase(async ({ pool }) => {
    const id = await inTransaction(pool, (client) => createOrganization(client, 'north', 'North'));
    await inOrganization(pool, id, async (client) => {
      for (const [user, state] of [
        [1, 'active'],
        [2, 'inactive'],
        [3, 'deleted'],
      ] as const) {
        await client.query(
          `insert into lms_user (organization_id, id, user_name_key, fields, state) values ($1, $2, 'ann', '{}', $3)`,
          [id, user, state],
        );
      }
      for (const unit of [11, 12]) {
        await client.query(
          `insert into lms_org_unit (organization_id, id, org_unit_type_id, code, code_key, fields, state)
           values ($1, $2, 1, 'ENG', 'eng', '{}', 'active')`,
          [id, unit],
        );
      }
    });
    const found = (await findViolations(pool, id)).map(({ what, count, example }) => `${what}: ${count}, ${example}`);
    expect(found.slice(0, 2)).toEqual([
      'user names that several LMS users have: 1, ann',
      'codes that several LMS org units of a type have: 1, ENG',
    ]);
  }));
