import type { Command, Wishes } from '../../domain/command.ts';

/** Adds wishes to those that a command bears: lists grow, of single wishes the later one holds. */
export function wish<C extends Command>(command: C, wishes: Wishes): C {
  const before: Wishes = command.wishes ?? {};
  const merged: Record<string, unknown> = { ...before };
  for (const [name, value] of Object.entries(wishes) as [keyof Wishes, unknown][]) {
    const known = before[name];
    merged[name] = Array.isArray(value) && Array.isArray(known) ? [...new Set<unknown>([...known, ...value])] : value;
  }
  return { ...command, wishes: merged };
}
