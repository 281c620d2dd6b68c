import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Target } from './targets.ts';

/** What inputs are made of: whole messages, and the words in them. */
export interface Seeds {
  readonly messages: readonly string[];
  readonly names: readonly string[];
  readonly values: readonly string[];
}

const root = join(import.meta.dirname, '../fixtures');

/** The requests of the target's fixtures, and the names and values that stand in them. */
export function seedsOf({ fixtures }: Target): Seeds {
  const folders = fixtures === undefined ? readdirSync(root) : [fixtures];
  const messages = folders.flatMap(requestsOf);
  return {
    messages,
    names: words(messages, /<([A-Za-z][\w:.-]*)|\s([A-Za-z][\w:.-]*)=/g),
    values: words(messages, />([^<>]{1,80})<|="([^"<>]{0,80})"/g),
  };
}

function requestsOf(folder: string): string[] {
  return readdirSync(join(root, folder))
    .map((name) => join(root, folder, name, 'request.xml'))
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path, 'utf8'));
}

function words(messages: readonly string[], pattern: RegExp): string[] {
  const found = messages.flatMap((message) =>
    [...message.matchAll(pattern)].map(([, one, other]) => one ?? other ?? ''),
  );
  return [...new Set(found.map((word) => word.trim()))];
}
