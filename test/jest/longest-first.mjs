import sequencer from '@jest/test-sequencer';

/** What waits for processes and clocks comes beside what keeps the cores busy, and what is long before what is short: none of it is left alone at the end. */
const waiting = '/test/e2e/';
const working = ['/test/oracle/', '/test/integration/', '/test/fuzz/'];
/** Of what works, beside one that waits. */
const beside = 2;

export default class LongestFirst extends sequencer {
  sort(tests) {
    const sorted = super.sort(tests).sort((one, other) => placeOf(one) - placeOf(other));
    const waits = sorted.filter(({ path }) => path.includes(waiting));
    const works = sorted.filter(({ path }) => !path.includes(waiting));
    return [
      ...waits.flatMap((test, at) => [test, ...works.slice(at * beside, (at + 1) * beside)]),
      ...works.slice(waits.length * beside),
    ];
  }
}

function placeOf({ path }) {
  const place = working.findIndex((folder) => path.includes(folder));
  return place === -1 ? working.length : place;
}
