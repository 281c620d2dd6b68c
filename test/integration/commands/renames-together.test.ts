import { afterEach, describe, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import type { RenameCommand, WriteCommand } from '../../../src/domain/command.ts';
import type { Relation } from '../../../src/domain/entities.ts';
import { syntheticEnrollmentId } from '../../../src/domain/synthetic-enrollment-id.ts';
import { inUnit, membership, person, remove } from '../../oracle/commands.ts';
import { courseWithSections, useSetting } from '../rules/setting.ts';

const setting = useSetting();
const unit = inUnit('section', 'S1');

function rename(kind: 'person' | 'membership', sourcedId: string, newSourcedId: string): WriteCommand {
  const entity = kind === 'person' ? 'user' : 'enrollment';
  return { entity, kind, verb: 'rename', sourcedId, newSourcedId } as RenameCommand;
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** What became of the commands of one message, and how many statements it took. */
async function sent(...commands: WriteCommand[]) {
  const spy = jest.spyOn(pg.Client.prototype, 'query');
  spy.mockClear();
  const outcomes = await setting.organization.send('lis', ...commands);
  const became = outcomes.map(({ status, problems }) => (status === 'rejected' ? problems[0]!.code : status));
  return { statements: spy.mock.calls.length, became };
}

afterEach(() => {
  jest.restoreAllMocks();
});

describe('many renames of persons or memberships in one message', () => {
  test.each(['person', 'membership'] as const)('of a %s take as many statements as one', async (kind) => {
    const prefix = kind === 'person' ? 'P' : 'M';
    const numbers = range(203);
    await setting.organization.send('lis', ...courseWithSections('S1'), ...numbers.map((n) => person(`P${n}`)));
    await setting.organization.send('lis', ...numbers.map((n) => membership(`M${n}`, `P${n}`, unit)));
    const lmsIds = async () =>
      (await setting.query<{ id: string }>('select id::text from lms_enrollment order by id')).map(({ id }) => id);
    const before = await lmsIds();
    // The first ones have connections get to know the statements.
    const few = range(3).map((n) => rename(kind, `${prefix}${n}`, `new-${n}`));
    await sent(few[0]!);
    const one = await sent(few[1]!);
    const many = await sent(...numbers.slice(3).map((n) => rename(kind, `${prefix}${n}`, `new-${n}`)));
    expect(many.became).toEqual(range(200).map(() => 'updated'));
    expect(many.statements).toBe(one.statements);
    expect(await lmsIds()).toEqual(before);
    const { enrollments } = await setting.look();
    expect(Object.values(enrollments).filter((each) => 'ended' in each)).toEqual([]);
    expect((await setting.store.reproject(setting.organization.id)).changes).toBe(0);
  });

  test('an id that one of them leaves is there for the next, and what is taken or unknown is told of each', async () => {
    await setting.organization.send('lis', person('A', { orgDefinedId: 'a' }), person('B', { orgDefinedId: 'b' }));
    await setting.organization.send('lis', person('C'), person('D'), remove(person('D')));
    const [a, b, c] = await Promise.all(['A', 'B', 'C'].map((id) => setting.lmsId(`lis/person/${id}`)));
    const { became } = await sent(
      rename('person', 'A', 'T'),
      rename('person', 'C', 'B'),
      rename('person', 'B', 'A'),
      rename('person', 'T', 'B'),
      rename('person', 'X', 'Y'),
      rename('person', 'C', 'C'),
      rename('person', 'C', 'D'),
    );
    expect(became).toEqual(['updated', 'id_in_use', 'updated', 'updated', 'unknown_object', 'unchanged', 'updated']);
    expect([await setting.lmsId('lis/person/B'), await setting.lmsId('lis/person/A')]).toEqual([a, b]);
    expect(await setting.lmsId('lis/person/D')).toBe(c);
  });

  test('persons who name each other, and enrollments that are called by their pair, follow all of them', async () => {
    const names = (sourcedId: string): Relation[] => [{ kind: 'guardian', sourcedId }];
    await setting.organization.send(
      'lis',
      person('A', { relations: names('B') }),
      person('B', { relations: names('A') }),
    );
    await setting.organization.send('lis', ...courseWithSections('S1'), person('C', { relations: names('A') }));
    const enrolled = (id: string) => membership(syntheticEnrollmentId(id, unit), id, unit);
    await setting.organization.send('lis', enrolled('A'), enrolled('B'));
    const standing = () =>
      setting.query('select user_id, agent_id, kind from lms_relation where not ended order by 1, 2');
    const before = await standing();
    expect(before).toHaveLength(3);
    const { became } = await sent(rename('person', 'A', 'A2'), rename('person', 'B', 'B2'));
    expect(became).toEqual(['updated', 'updated']);
    expect(await standing()).toEqual(before);
    const again = [
      person('A2', { relations: names('B2') }),
      person('B2', { relations: names('A2') }),
      enrolled('A2'),
      enrolled('B2'),
    ];
    expect((await sent(...again)).became).toEqual(again.map(() => 'unchanged'));
    expect((await setting.store.reproject(setting.organization.id)).changes).toBe(0);
  });
});
