/**
 * A pattern that takes a label apart: literals, and parts in braces, `{term} {subject}-{number}-{section}`. There is
 * nothing else to it: a pattern is read in one pass, without going back, whatever the label.
 */
export interface LabelPattern {
  /** In turn: what stands before a part, and the part. */
  readonly parts: readonly { readonly before: string; readonly name: string }[];
  /** What stands at the end. */
  readonly end: string;
}

export const maxLabelPatternLength = 200;

/** undefined for what is no pattern: a brace that is not closed, a part without a name, a name that comes twice, two parts that nothing separates. */
export function parseLabelPattern(text: string): LabelPattern | undefined {
  if (text.length > maxLabelPatternLength) return undefined;
  const pieces = text.split(/\{([A-Za-z]\w{0,31})\}/);
  const literals = pieces.filter((_, index) => index % 2 === 0);
  const names = pieces.filter((_, index) => index % 2 === 1);
  const between = literals.slice(1, -1);
  if (names.length === 0 || new Set(names).size < names.length || between.includes('')) return undefined;
  if (literals.some((literal) => /[{}]/.test(literal))) return undefined;
  return {
    parts: names.map((name, index) => ({ before: literals[index] ?? '', name })),
    end: literals.at(-1) ?? '',
  };
}

/**
 * What the parts are in a label: each takes as little as it can, and at least one character; the last one takes the rest.
 * undefined when the label is not written like that.
 */
export function takeLabelApart({ parts, end }: LabelPattern, label: string): ReadonlyMap<string, string> | undefined {
  const first = parts[0]?.before ?? '';
  if (!label.startsWith(first) || !label.endsWith(end)) return undefined;
  const found = new Map<string, string>();
  const stop = label.length - end.length;
  let from = first.length;
  for (const [index, { name }] of parts.entries()) {
    const next = parts[index + 1]?.before;
    const to = next === undefined ? stop : label.indexOf(next, from + 1);
    const value = label.slice(from, to).trim();
    if (to <= from || to > stop || value === '') return undefined;
    found.set(name, value);
    from = to + (next?.length ?? 0);
  }
  return found;
}
