import { expect, test } from '@jest/globals';
import { createAccessChanges } from './access-changes.ts';

test('notifications drop what they name and nothing else', async () => {
  const dropped: unknown[] = [];
  const handle = createAccessChanges({
    logins: { forget: (key) => void dropped.push(['login', key]) },
    loginKeys: { forget: () => void dropped.push(['keys']) },
    apiTokens: { forget: () => void dropped.push(['tokens']) },
    lockout: { refresh: () => Promise.resolve(void dropped.push(['lockouts'])) },
  });
  await handle('{"kind":"login","userName":"banner"}');
  await handle('{"kind":"access_policy","organizationId":1}');
  await handle('{"kind":"api_token"}');
  await handle('{"kind":"lockout"}');
  for (const foreign of ['', 'null', '7', '{}', '{"kind":"role_map"}', 'not json']) await handle(foreign);
  expect(dropped).toEqual([['login', 'banner'], ['keys'], ['login', undefined], ['tokens'], ['lockouts']]);
});
