import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { become, expectedOf, fixtures } from '../../../test/xml-files/read-fixture.ts';
import { createLis2Bulk } from './files.ts';

const root = join(fixtures, 'lis2-bulk');

describe('a bulk file of LIS 2.0', () => {
  it.each(readdirSync(root).sort())('%s becomes the commands that it means', async (name) => {
    const folder = join(root, name);
    expect(await become(folder, createLis2Bulk())).toEqual(expectedOf(folder));
  });
});
