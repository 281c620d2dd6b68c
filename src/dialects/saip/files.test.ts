import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { become, expectedOf, fixtures } from '../../../test/xml-files/read-fixture.ts';
import { createSaipSnapshots } from './files.ts';

const root = join(fixtures, 'saip-snapshot');

describe('snapshots of PeopleSoft', () => {
  it.each(readdirSync(root).sort())('%s becomes the commands that it means', async (name) => {
    const folder = join(root, name);
    expect(await become(folder, createSaipSnapshots())).toEqual(expectedOf(folder));
  });
});
