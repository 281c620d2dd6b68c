/** A node that was come to: its number, the lowest that it leads back to, and where the look along its ways stands. */
interface Visit {
  readonly node: string;
  readonly ways: readonly string[];
  readonly number: number;
  low: number;
  isOpen: boolean;
  next: number;
}

/**
 * The nodes that lead back to themselves, those of one circle together; in one pass, whatever the depth (after R. Tarjan, 1972).
 * An edge from a node to itself makes no circle.
 */
export function circlesOf(edges: readonly (readonly [from: string, to: string])[]): readonly (readonly string[])[] {
  const ways = Map.groupBy(edges, ([from]) => from);
  const visits = new Map<string, Visit>();
  const open: Visit[] = [];
  const found: string[][] = [];
  const visit = (node: string): Visit => {
    const number = visits.size;
    const to = (ways.get(node) ?? []).map(([, there]) => there);
    const visited: Visit = { node, ways: to, number, low: number, isOpen: true, next: 0 };
    visits.set(node, visited);
    open.push(visited);
    return visited;
  };
  for (const start of ways.keys()) {
    if (visits.has(start)) continue;
    const path = [visit(start)];
    for (let here = path.at(-1); here !== undefined; here = path.at(-1)) {
      const next = here.ways[here.next];
      here.next += 1;
      if (next !== undefined) {
        const there = visits.get(next);
        if (there === undefined) path.push(visit(next));
        else if (there.isOpen) here.low = Math.min(here.low, there.number);
        continue;
      }
      path.pop();
      const before = path.at(-1);
      if (before !== undefined) before.low = Math.min(before.low, here.low);
      // Nothing that is open behind it leads any further back: it is one circle with that.
      if (here.low === here.number) {
        const circle = open.splice(open.lastIndexOf(here));
        for (const each of circle) each.isOpen = false;
        if (circle.length > 1) found.push(circle.map(({ node }) => node));
      }
    }
  }
  return found;
}
