/** `@jest/globals`: modules that test files share import it once, and each test file has globals of its own. */

let current = {};

export function useGlobals(globals, moduleMocker) {
  const jest = {
    restoreAllMocks: () => moduleMocker.restoreAllMocks(),
    setTimeout: (ms) => (globalThis[Symbol.for('TEST_TIMEOUT_SYMBOL')] = ms),
    spyOn: (...given) => moduleMocker.spyOn(...given),
  };
  current = { ...globals, jest };
}

const ofThisFile = (name) =>
  new Proxy(() => undefined, {
    apply: (_, __, given) => current[name](...given),
    get: (_, key) => current[name][key],
  });

export const afterAll = ofThisFile('afterAll');
export const afterEach = ofThisFile('afterEach');
export const beforeAll = ofThisFile('beforeAll');
export const beforeEach = ofThisFile('beforeEach');
export const describe = ofThisFile('describe');
export const expect = ofThisFile('expect');
export const it = ofThisFile('it');
export const jest = ofThisFile('jest');
export const test = ofThisFile('test');
