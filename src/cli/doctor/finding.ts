/** One thing that was looked at. What is not well says what to do. */
export type Finding =
  | { readonly level: 'ok'; readonly check: string; readonly found: string }
  | { readonly level: 'warning' | 'error'; readonly check: string; readonly found: string; readonly advice: string };

export function ok(check: string, found: string): Finding {
  return { level: 'ok', check, found };
}

export function warning(check: string, found: string, advice: string): Finding {
  return { level: 'warning', check, found, advice };
}

export function error(check: string, found: string, advice: string): Finding {
  return { level: 'error', check, found, advice };
}
