import type { Command, Wishes } from '../domain/command.ts';
import { type HandlerFunctions, wish } from '../pipeline/plugins/index.ts';

/** Functions that put the same wishes on every command of these verbs. */
export function wishing(wishes: Wishes, verbs: readonly Command['verb'][]): HandlerFunctions {
  return {
    handle(batch) {
      for (const item of batch) {
        if (verbs.includes(item.command.verb)) item.command = wish(item.command, wishes);
      }
    },
  };
}

export const stating = ['replace', 'update'] as const;
