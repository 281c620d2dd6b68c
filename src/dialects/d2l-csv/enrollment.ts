import type { RecordCommand } from '../../domain/command.ts';
import type { EnrollmentFields } from '../../domain/entities.ts';
import { syntheticEnrollmentId } from '../../domain/synthetic-enrollment-id.ts';
import { actionOf, isType } from './action.ts';
import type { Row } from './row.ts';
import { requiredCode, sourcedIdOf, userKeyOf } from './values.ts';
import { isAtLeast } from './versions.ts';

/**
 * A row of a file of enrollments, as a wish; undefined = it is refused, see the row. An enrollment has no id of its own: it
 * is known by its pair, the role is an attribute (rule 5), and a delete takes whatever was declared of the pair.
 */
export function enrollmentCommand(row: Row): RecordCommand | undefined {
  const isEnrollment = isType(row, 'enrollment');
  const action = actionOf(row);
  const child = userKeyOf(row, 'child_code', row.required('child_code'));
  const parent = requiredCode(row, 'parent_code');
  const pair = child === undefined || parent === undefined ? undefined : pairOf(row, child, parent);
  const sourcedId = pair && syntheticEnrollmentId(pair.userSourcedId, pair.orgUnit);
  if (sourcedId !== undefined) row.about = { kind: 'membership', sourcedId };
  const role = action === 'DELETE' ? undefined : row.required('role_name');
  if (!isEnrollment || action === undefined || pair === undefined || sourcedId === undefined) return undefined;
  if (row.problems.length > 0) return undefined;
  const target = { entity: 'enrollment', kind: 'membership', sourcedId } as const;
  if (role === undefined) return { ...target, verb: 'delete', pair };
  return { ...target, verb: 'replace', fields: { ...pair, roles: [{ role, active: true }] } };
}

/** "For 1.0 and 1.1, this should be the course section code. For 2.0 or higher, this is any org unit code." */
function pairOf(row: Row, child: string, parent: string): Pick<EnrollmentFields, 'userSourcedId' | 'orgUnit'> {
  const kind = isAtLeast(row.table.version, '2.0') ? null : 'section';
  return { userSourcedId: sourcedIdOf(row, child), orgUnit: { kind, sourcedId: parent } };
}
