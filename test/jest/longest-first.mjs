import sequencer from '@jest/test-sequencer';

/** What waits for processes and clocks comes first: others fill its waits, and none of it is left alone at the end. */
const first = ['/test/e2e/', '/test/oracle/', '/test/integration/', '/test/fuzz/'];

export default class LongestFirst extends sequencer {
  sort(tests) {
    return super.sort(tests).sort((one, other) => placeOf(one) - placeOf(other));
  }
}

function placeOf({ path }) {
  const place = first.findIndex((folder) => path.includes(folder));
  return place === -1 ? first.length : place;
}
