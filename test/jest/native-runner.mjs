import { createRequire, registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';
import runCircus from 'jest-circus/runner';
import { useGlobals } from './globals.mjs';

/*
 * Jest's runner, with the modules of Node instead of Jest's own: what is tested is loaded as `npm start` loads it, and once a worker
 * instead of once a test file. Test files of a worker therefore share modules, and must leave none changed; a worker that stays would
 * test the code of yesterday.
 */

const require = createRequire(import.meta.url);
const globals = new URL('globals.mjs', import.meta.url).href;

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === '@jest/globals' ? { url: globals, shortCircuit: true } : next(specifier, context),
});

export default async function run(globalConfig, config, environment, runtime, path, send) {
  if (globalConfig.watch || globalConfig.watchAll)
    throw new Error('Modules are loaded once: run "npm run jest -- <path>" anew instead of watching.');
  const native = {
    requireInternalModule: anew,
    setGlobalsForRuntime: (given) => useGlobals(given, environment.moduleMocker),
    unstable_shouldLoadAsEsm: () => true,
    unstable_importModule: (file) => import(pathToFileURL(file).href),
  };
  try {
    return await runCircus.default(globalConfig, config, environment, Object.assign(runtime, native), path, send);
  } finally {
    environment.moduleMocker.restoreAllMocks();
  }
}

/** The framework keeps what a test file declares in itself, and on the global object. */
function anew(path) {
  Reflect.deleteProperty(require.cache, path);
  for (const symbol of Object.getOwnPropertySymbols(globalThis))
    if (['JEST_STATE_SYMBOL', 'EVENT_HANDLERS', 'TEST_TIMEOUT_SYMBOL'].includes(symbol.description))
      Reflect.deleteProperty(globalThis, symbol);
  return require(path);
}
