import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { createEnterpriseFiles } from '../../src/dialects/ims-enterprise/index.ts';
import { createSaipSnapshots } from '../../src/dialects/saip/index.ts';
import type { FileProblem, FileRecord } from '../../src/pipeline/file-ports.ts';
import { root } from '../e2e/gateway-process.ts';
import { readAll } from '../generate/read-generated.ts';
import { packageOf } from '../xml-files/read-fixture.ts';

/** Files as PeopleSoft and Luminis make them. They are not ours to publish: they are used where they are found. */
const interop = resolve(root, process.env.PASSERELLE_INTEROP ?? '../shared/interop');
const snapshot = join(interop, 'peoplesoft-saip/snapshot');
const luminis = join(interop, 'lmb-enterprise');
const whereFound = (folder: string) => {
  if (!existsSync(folder)) process.stdout.write(`note: ${folder} is not there; its files are not read\n`);
  return existsSync(folder) ? describe : describe.skip;
};

whereFound(snapshot)('a snapshot of PeopleSoft, its files as one package', () => {
  let records: FileRecord[];
  let problems: FileProblem[];
  beforeAll(async () => {
    ({ records, problems } = await readAll(createSaipSnapshots(), packageOf(snapshot), 'lis'));
  });

  test('is read without a problem, every record of it', () => {
    expect(problems).toEqual([]);
    const counts = Object.entries(
      Object.groupBy(records, ({ place: { file }, command: { kind, verb } }) => `${file} ${verb} ${kind}`),
    );
    expect(Object.fromEntries(counts.map(([what, found]) => [what, found?.length]))).toEqual({
      'READCOURSESECTIONS.xml replace section': 165,
      'READCOURSETEMPLATES.xml replace template': 333,
      'READGROUPSMGMT.xml replace group': 13,
      'READMEMBERSHIPS.xml replace membership': 9,
      'READPERSONS.xml replace person': 9,
    });
  });

  test('says who, what and where', () => {
    const found = (id: string) => records.find(({ command }) => command.sourcedId === id);
    expect(found('0012')).toMatchObject({
      place: { file: 'READPERSONS.xml', line: 3, column: 1, field: '/enterprise/person[1]' },
      command: { fields: { familyName: 'Forbes', formattedName: 'Syndi B. Forbes' } },
    });
    expect(found('001205')).toMatchObject({ command: { kind: 'template', fields: { name: 'History of World Art' } } });
    expect(found('PSAUS')).toMatchObject({ command: { kind: 'group', fields: { type: 'INSTITUTE' } } });
    expect(found('0032761059510W1-0050')).toMatchObject({
      place: { file: 'READMEMBERSHIPS.xml', line: 3 },
      command: {
        fields: {
          userSourcedId: '0050',
          orgUnit: { kind: 'section', sourcedId: '0032761059510W1' },
          roles: [{ role: 'Learner', subRole: 'Learner', active: true }],
        },
      },
    });
    expect(JSON.stringify(records)).not.toContain('1980-06-15');
  });

  test('is told from an extract of IMS Enterprise, which has the same root', async () => {
    expect(await createSaipSnapshots().recognises(packageOf(snapshot))).toBe(true);
    expect(await createEnterpriseFiles().recognises(packageOf(snapshot))).toBe(false);
  });
});

whereFound(luminis)('messages of Luminis, collected in a folder', () => {
  test('are read as files; what holds no record is told', async () => {
    const files = packageOf(luminis);
    expect(await createEnterpriseFiles().recognises(files)).toBe(true);
    expect(await createSaipSnapshots().recognises(files)).toBe(false);
    const { records, problems } = await readAll(createEnterpriseFiles(), files, 'banner-ilp');
    expect(problems.map(({ place, problem }) => `${place.file} ${problem.code}`)).toEqual([
      'multi_poor_form.xml unknown_file',
    ]);
    const all = records.map(({ place, command: { verb, kind } }) => `${place.file} ${verb} ${kind}`);
    expect(all).toEqual(expectedOfLuminis);
  });
});

const expectedOfLuminis: readonly string[] = [
  'course.xml replace template',
  'member_group.xml update association',
  'member_student.xml replace membership',
  'member_student_unenrol.xml delete membership',
  'person.xml replace person',
  'person_member.xml replace membership',
  'section.xml replace section',
  'term.xml replace group',
];
