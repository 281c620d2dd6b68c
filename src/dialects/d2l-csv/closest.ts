/** The name that one is most likely a misspelling of: another case or other separators, or at most two wrong letters. */
export function closestTo(name: string, among: readonly string[]): string | undefined {
  const loose = looseForm(name);
  if (loose === '') return undefined;
  const alike = among.find((other) => looseForm(other) === loose);
  if (alike !== undefined) return alike;
  // Of short names two letters are half of it.
  const most = loose.length < 6 ? 1 : 2;
  const near = among.map((other) => ({ other, distance: distanceOf(loose, looseForm(other)) }));
  return near.filter(({ distance }) => distance <= most).sort((one, two) => one.distance - two.distance)[0]?.other;
}

function looseForm(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .slice(0, 64);
}

/** Levenshtein: letters that are changed, added or left out. */
function distanceOf(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 0; i < one.length; i += 1) {
    const next = [i + 1];
    for (let j = 0; j < other.length; j += 1) {
      const changed = (row[j] ?? 0) + (one[i] === other[j] ? 0 : 1);
      next.push(Math.min(changed, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
