import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { become, expectedOf, fixtures } from '../../../test/xml-files/read-fixture.ts';
import { createEnterpriseFiles } from './files.ts';

const root = join(fixtures, 'ims-enterprise-files');

describe('files of IMS Enterprise', () => {
  it.each(readdirSync(root).sort())('%s becomes the commands that it means', async (name) => {
    const folder = join(root, name);
    expect(await become(folder, createEnterpriseFiles())).toEqual(expectedOf(folder));
  });
});
