import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { presets } from '../../../src/domain/source-system.ts';
import { formats } from '../../../src/generate/index.ts';
import { generate } from '../../generate/read-generated.ts';
import { createRunWorld, type RunWorld } from './set-up.ts';

let world: RunWorld;

beforeAll(async () => {
  world = await createRunWorld();
});

afterAll(() => world.close());

async function filesOf(...wanted: Parameters<typeof generate>): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const { name, open } of generate(...wanted).package.files) {
    const chunks: Buffer[] = [];
    for await (const chunk of open()) chunks.push(chunk);
    files[name] = Buffer.concat(chunks).toString();
  }
  return files;
}

const enrolled = `select u.fields->>'orgDefinedId' as person, o.fields->>'code' as section
  from lms_enrollment e join lms_user u on u.id = e.user_id join lms_org_unit o on o.id = e.org_unit_id
  where not e.ended and not e.inactive and u.state = 'active' order by 1, 2`;

test.each(formats.map(({ name }) => name))(
  'a feed in %s becomes a run without a problem, and its changes lead to the next day',
  async (format) => {
    const wanted = { students: 40, changes: 0.1 };
    // IMS Enterprise has no course offerings: the preset makes them.
    const options = format === 'ims-enterprise' ? presets['banner-ilp'] : {};
    const told = await world.organization(options);
    const first = await told.run(await filesOf(format, wanted));
    expect(first).toMatchObject({ state: 'finished', failure: null, problems: {} });
    const changed = await told.run(await filesOf(format, { ...wanted, day: 3, since: 1 }));
    expect(changed).toMatchObject({ state: 'finished', failure: null, problems: {} });
    const whole = await world.organization(options);
    await whole.run(await filesOf(format, { ...wanted, day: 3 }));
    const enrollments = await whole.query(enrolled);
    expect(enrollments.length).toBeGreaterThan(300);
    expect(await told.query(enrolled)).toEqual(enrollments);
  },
);
