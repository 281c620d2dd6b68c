import type { Tree } from '../../../formats/wsdl/index.ts';

/** A language string of the draft. */
export function text(value: string | undefined): Tree | undefined {
  return value === undefined ? undefined : { language: 'en-US', text: value };
}

/** Attributes as an extension; undefined without any, because an extension has at least one field. */
export function extension(fields: Readonly<Record<string, string>>): Tree | undefined {
  const entries = Object.entries(fields);
  if (entries.length === 0) return undefined;
  return {
    extensionField: entries.map(([fieldName, fieldValue]) => ({ fieldName, fieldType: 'String', fieldValue })),
  };
}

/** Instants as dates: the draft knows nothing finer. */
export function timeFrame(dates: {
  readonly startsAt?: string | null | undefined;
  readonly endsAt?: string | null | undefined;
}): Tree | undefined {
  const date = (instant: string | null | undefined): Tree | undefined =>
    instant == null ? undefined : { date: instant.slice(0, 10) };
  const [begin, end] = [date(dates.startsAt), date(dates.endsAt)];
  return begin === undefined && end === undefined ? undefined : { begin, end };
}

/** `Active` and `Inactive`. */
export function status(active: boolean | null | undefined): string | undefined {
  return active == null ? undefined : active ? 'Active' : 'Inactive';
}
