import { describe, expect, it, test } from '@jest/globals';
import { presets, type SourceSystem } from '../../domain/source-system.ts';
import { readCsv } from '../../formats/csv/index.ts';
import { dialect, packageOf, readFiles } from '../../../test/d2l-csv/read-files.ts';
import { closestTo } from './closest.ts';
import { columnsOf, type FileKind } from './columns.ts';
import { headerFaults, kindOfHeader } from './header.ts';
import { createD2lCsv } from './index.ts';
import { parseVersion, versions } from './versions.ts';

const header = (kind: FileKind, version: (typeof versions)[number]): string[] =>
  columnsOf(kind, version).map(({ name }) => name);
const enrollments = 'type,action,child_code,role_name,parent_code';
const orgs = header('orgs', '3.0').join(',');
const users = header('users', '3.0').join(',');
const manifest = '{"version":"3.0"}';

describe('versions', () => {
  it.each([
    ['1.0', '1.0'],
    ['2', '2.0'],
    ['2.1', '2.1'],
    ['2.0.0', '2.0'],
    [' 3.0 ', '3.0'],
    ['2.2', undefined],
    ['4.0', undefined],
    ['v2.0', undefined],
    ['2.0-beta', undefined],
    ['', undefined],
  ])('%p is %p', (stated, version) => {
    expect(parseVersion(stated)).toBe(version);
  });

  it('brought columns', () => {
    const counts = (kind: FileKind) => versions.map((version) => columnsOf(kind, version).length);
    expect(counts('orgs')).toEqual([11, 11, 12, 12, 13]);
    expect(counts('users')).toEqual([10, 11, 13, 14, 15]);
    expect(counts('enrollments')).toEqual([5, 5, 5, 5, 5]);
    expect(counts('attributes')).toEqual([13, 13, 13, 13, 13]);
  });
});

describe('a header', () => {
  it('tells the kind of the file, in any order and with mistakes in it', () => {
    expect(kindOfHeader(header('orgs', '1.0'))).toBe('orgs');
    expect(kindOfHeader(header('users', '3.0').reverse())).toBe('users');
    expect(kindOfHeader(['Type', 'Action', 'child code', 'role', 'parent'])).toBe('enrollments');
    expect(kindOfHeader(['Team', 'LMS Username'])).toBe('attributes');
  });

  it.each([
    ['persons of OneRoster', 'sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,givenName'],
    ['org units of OneRoster', 'sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId'],
    ['nothing', ''],
  ])('of %s belongs to another format', (_, line) => {
    expect(kindOfHeader(line.split(','))).toBeUndefined();
  });

  it('has the columns of its version, no more and no fewer', () => {
    expect(headerFaults(header('orgs', '2.0').reverse(), 'orgs', '2.0')).toEqual({ faults: [], lacks: false });
    expect(headerFaults(header('orgs', '3.0'), 'orgs', '2.0').faults).toEqual(['"discover" came with version 3.0']);
    expect(headerFaults(header('orgs', '1.1'), 'orgs', '2.0')).toEqual({
      faults: ['"custom_code" is missing'],
      lacks: true,
    });
  });

  it('of attributes needs the user name alone', () => {
    expect(headerFaults(['LMS Username'], 'attributes', '1.0').faults).toEqual([]);
    expect(headerFaults(['Lms Username', 'Team'], 'attributes', '1.0').faults).toEqual([
      '"Lms Username" is misspelt: it is "LMS Username"',
    ]);
  });

  it('of thousands of columns is none, and not looked at name by name', () => {
    const many = [...header('orgs', '3.0'), ...Array.from({ length: 20_000 }, (_, index) => `column ${index}`)];
    expect(headerFaults(many, 'orgs', '3.0').faults).toEqual(['it has 20013 columns']);
  });

  it('finds what a name was meant to be', () => {
    const names = ['code', 'name', 'semester_code', 'is_active'];
    expect(closestTo('Semester Code', names)).toBe('semester_code');
    expect(closestTo('isActive', names)).toBe('is_active');
    expect(closestTo('semestre_cod', names)).toBeUndefined();
    expect(closestTo('semestr_code', names)).toBe('semester_code');
    expect(closestTo('cod', names)).toBe('code');
    expect(closestTo('weight', names)).toBeUndefined();
    expect(closestTo('___', names)).toBeUndefined();
  });
});

describe('a package', () => {
  it('is recognised by the header of one of its files', async () => {
    const is = (files: Record<string, string>) => dialect.recognises(packageOf(files));
    await expect(is({ 'manifest.json': manifest, 'x.csv': enrollments })).resolves.toBe(true);
    await expect(is({ 'notes.csv': 'a,b', 'X.CSV': 'LMS Username,Team' })).resolves.toBe(true);
    await expect(is({ 'manifest.json': manifest })).resolves.toBe(false);
    await expect(is({ 'orgs.csv': 'sourcedId,status,name,type' })).resolves.toBe(false);
    await expect(is({ 'empty.csv': '' })).resolves.toBe(false);
  });

  it('comes in batches that tell how far each file has been read', async () => {
    const rows = Array.from({ length: 1_234 }, (_, index) => `enrollment,,P-${index},Student,S1`);
    const content = [enrollments, ...rows].join('\n');
    const { batches, records } = await readFiles({ 'b.csv': content, 'A.csv': enrollments });
    expect([...new Set(batches.map(({ file }) => file))]).toEqual(['A.csv', 'b.csv']);
    const [first, ...second] = batches.map(({ bytesRead }) => bytesRead);
    expect([first, second.at(-1)]).toEqual([enrollments.length, content.length]);
    expect(second.length).toBeGreaterThan(1);
    expect(second).toEqual([...second].sort((one, other) => one - other));
    expect(records.map(({ place }) => place.line)).toEqual(rows.map((_, index) => index + 2));
  });

  it('is refused with a manifest that is none', async () => {
    const codes = async (content: string | Buffer) => {
      const { records, problems } = await readFiles({
        'Manifest.json': content,
        'a.csv': `${enrollments}\nenrollment,,P-1,S,C`,
      });
      expect(records).toEqual([]);
      return problems.map(({ problem }) => problem.code);
    };
    await expect(codes('')).resolves.toEqual(['invalid_manifest']);
    await expect(codes('[]')).resolves.toEqual(['invalid_manifest']);
    await expect(codes('{"version":null}')).resolves.toEqual(['invalid_manifest']);
    await expect(codes(Buffer.from([0x7b, 0xff]))).resolves.toEqual(['invalid_manifest']);
    await expect(codes(' '.repeat(70_000))).resolves.toEqual(['invalid_manifest']);
    await expect(codes('{"version":"3.1"}')).resolves.toEqual(['unsupported_version']);
  });

  it('says kindly which versions there are', async () => {
    const { problems } = await readFiles({ 'manifest.json': '{"version":"4.0"}' });
    expect(problems[0]?.problem.message).toContain('this gateway reads 1.0, 1.1, 2.0, 2.1, 3.0');
  });
});

describe('a row', () => {
  const org = (row: string, chosen = {}) =>
    readFiles({ 'manifest.json': manifest, 'o.csv': `${orgs}\n${row}` }, chosen);

  /** By a reader that knows line breaks within quotes. */
  const quoted = async (name: string, text: string) => {
    const batches = [];
    const source = { options: presets['d2l-csv'] } as SourceSystem;
    const files = packageOf({ 'manifest.json': manifest, [name]: text });
    for await (const batch of createD2lCsv(readCsv).read(files, source)) batches.push(batch);
    return {
      records: batches.flatMap(({ records }) => records),
      problems: batches.flatMap(({ problems }) => problems),
    };
  };

  it('is placed by file, line, column and field', async () => {
    const { problems } = await org('department,,D:1,One,,,,,,,,,');
    expect(problems[0]).toMatchObject({
      place: { file: 'o.csv', line: 2, column: 3, field: 'code' },
      problem: { code: 'illegal_characters', at: 'o.csv:2:3', field: 'code' },
    });
    expect(problems[0]?.problem.message).toBe('code is "D:1": it has ":", which may not stand there. Take it out.');
  });

  it.each([
    ['username', '"ada\nlovelace",P-1', 'username is "ada\\nlovelace": it has "\\n"'],
    ['username', '"ada\tlovelace",P-1', 'it has "\\t"'],
    ['username', '"ada\u2028lovelace",P-1', 'which may not stand there'],
    ['org_defined_id', 'ada,"P\r\n1"', 'it has "\\r" "\\n"'],
    ['org_defined_id', 'ada,"P\u00851"', 'which may not stand there'],
  ])('is refused for a %s that quotes let break its line: %j', async (field, keys, words) => {
    const { records, problems } = await quoted('u.csv', `${users}\nuser,,${keys},Ada,Lovelace,,1,Student,,,,,,`);
    expect(records).toEqual([]);
    expect(problems[0]).toMatchObject({ place: { field }, problem: { code: 'illegal_characters' } });
    expect(problems[0]?.problem.message).toContain(words);
  });

  it('is refused for a code with a line break; a name with one is told, and taken', async () => {
    const { records, problems } = await quoted(
      'o.csv',
      `${orgs}\ndepartment,,"D\n1",One,,,,,,,,,\ndepartment,,D2,"One\nTwo",,,,,,,,,\n`,
    );
    expect(problems.map(({ problem }) => problem)).toMatchObject([{ code: 'illegal_characters', field: 'code' }]);
    expect(records).toMatchObject([{ command: { sourcedId: 'D2', notes: [{ code: 'illegal_characters' }] } }]);
  });

  it('is refused for characters that XML cannot carry', async () => {
    const { records, problems } = await org('department,,D1,On\u0001e,,,,,,,,,');
    expect(records).toEqual([]);
    expect(problems[0]?.problem).toMatchObject({ code: 'illegal_characters', field: 'name' });
  });

  it('has its code cut before a character that would be cut through, and without a blank at the end', async () => {
    const [first, second] = (
      await org(`department,,${'x'.repeat(49)}𝒳y,One,,,,,,,,,\ndepartment,,${'y'.repeat(49)} yz,Two,,,,,,,,,`)
    ).records;
    expect(first?.command.sourcedId).toBe('x'.repeat(49));
    expect(second?.command.sourcedId).toBe('y'.repeat(49));
  });

  it('is read with the quirks of the source system', async () => {
    const { records } = await org('course offering,,0042,One,2027-02-01,2027-06-30T08:00:00.000,1,,007,,,,', {
      quirks: { timeZone: 'Europe/Paris', trimPadding: { character: '0', side: 'start' } },
    });
    expect(records[0]?.command).toMatchObject({
      sourcedId: '42',
      fields: {
        startsAt: '2027-01-31T23:00:00.000Z',
        endsAt: '2027-06-30T06:00:00.000Z',
        parents: [{ role: 'template', kind: 'template', sourcedId: '7' }],
      },
    });
  });

  it.each(['1', 'TRUE', 'true', 'True', '0', 'FALSE', 'false'])('is_active may be %s', async (word) => {
    const { records } = await org(`course offering,,O1,One,,,${word},,T1,,,,`);
    expect(records[0]?.command).toMatchObject({ fields: { active: word === '1' || word.toLowerCase() === 'true' } });
  });

  it('takes what D2L ignores as if it were not there', async () => {
    const { records, problems } = await org('school,,S1,One,not a date, ,perhaps,d:1,t:1,s:1,o:1,,x');
    expect(problems).toEqual([]);
    expect(records[0]?.command).toEqual({
      entity: 'org_unit',
      kind: 'group',
      sourcedId: 'S1',
      verb: 'replace',
      fields: { type: 'school', code: 'S1', name: 'One' },
    });
  });

  it('never lets a password out, wherever it went', async () => {
    const rows = [
      'user,,mhale,P-1,Moana,Hale,S3cret:x,1,Student,,,,,,',
      'user,,thale,P-2,Tui,Hale,,S3cret:x,Student,,,,,,',
      'user,,ahale,P-3,Ana,Hale,S3cret:x,,Student,,,,,,',
      'user,DELETE,bhale,P-4,,,S3cret:x,,,,,,,,',
    ];
    const read = await readFiles({ 'manifest.json': manifest, 'u.csv': [users, ...rows].join('\n') });
    expect(JSON.stringify(read)).not.toContain('S3cret');
    expect(read.records.map(({ command }) => command.notes?.map(({ code }) => code))).toEqual([
      ['password_not_accepted'],
      ['password_not_accepted'],
    ]);
  });
});

test('the guide speaks of what is found later, too', () => {
  expect(dialect.guideTextOf?.('unmapped_role', 'membership')).toBe('No role mapping found for source system');
  expect(dialect.guideTextOf?.('unknown_object', 'person')).toBe('No user mapping found for source system');
  expect(dialect.guideTextOf?.('unknown_object', 'section')).toBe('No org unit mapping found for source system');
  expect(dialect.guideTextOf?.('value_truncated', 'section')).toBeUndefined();
});
