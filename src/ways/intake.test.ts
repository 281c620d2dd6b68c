import { expect, test } from '@jest/globals';
import type { WishedUpload } from '../domain/upload.ts';
import { createIntake, type IntakeParts } from './intake.ts';

test('an upload whose run cannot be requested keeps none waiting that comes behind it', async () => {
  const ids = ['1', '2', '3'];
  const requested: string[] = [];
  const told: object[] = [];
  const found = (id: string) => ({ id, sourceSystemId: 1, wish: { mode: 'apply', options: {} } }) as WishedUpload;
  const parts = {
    wishes: {
      // Pages of two.
      unsettled: (_: number, __: Date, after = '') =>
        Promise.resolve(
          ids
            .filter((id) => id > after)
            .slice(0, 2)
            .map(found),
        ),
      find: (_: number, id: string) => Promise.resolve(found(id)),
      requested: () => Promise.resolve(undefined),
      repeated: () => Promise.resolve(undefined),
      settle: () => Promise.resolve(),
    },
    requestRun: ({ uploadId }: { uploadId: string }) => {
      requested.push(uploadId);
      return uploadId === '1' ? Promise.reject(new Error('defect')) : Promise.resolve('run');
    },
    log: { info: () => undefined, warn: () => undefined, error: (facts: object) => told.push(facts) },
  };
  const intake = createIntake({ atOnce: 1, ...parts } as unknown as IntakeParts);
  expect(await intake.catchUp(7)).toBe(2);
  expect(requested).toEqual(ids);
  expect(told).toMatchObject([{ uploadId: '1' }]);
});
