const mostKnown = 200_000;

/** What was found once is not looked up again: a file names its sections a thousand times each. */
export class KnownReferences {
  private readonly known = new Set<string>();

  has(key: string): boolean {
    return this.known.has(key);
  }

  add(key: string): void {
    if (this.known.size >= mostKnown) this.known.clear();
    this.known.add(key);
  }
}
