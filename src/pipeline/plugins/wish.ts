import type { Command, Wishes } from '../../domain/command.ts';

/** Adds wishes to those that a command bears: lists grow, of single wishes the later one holds. */
export function wish<C extends Command>(command: C, wishes: Wishes): C {
  const before: Wishes = command.wishes ?? {};
  const merged: Record<string, unknown> = { ...before };
  for (const [name, value] of Object.entries(wishes) as [keyof Wishes, unknown][]) {
    const known: unknown = before[name];
    const both = Array.isArray(value) && Array.isArray(known) ? [...(known as unknown[]), ...(value as unknown[])] : [];
    merged[name] = both.length === 0 ? value : [...new Set(both)];
  }
  return { ...command, wishes: merged };
}
