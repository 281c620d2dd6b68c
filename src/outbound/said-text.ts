import type { ElementView } from '../pipeline/ports.ts';
import type { SecretRemover } from './secret-remover.ts';

const LONGEST = 500;

/** What the other side says, fit for one line: without the secrets that it repeats, and only then cut short; no control characters. */
export function saidText(text: string, secrets: SecretRemover): string {
  const plain = secrets
    .text(text)
    .replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ')
    .trim();
  return plain.length > LONGEST ? `${plain.slice(0, LONGEST)}...` : plain;
}

/** The first element of this local name, at or below; peers differ in where they put it. */
export function findElement(root: ElementView, name: string): ElementView | undefined {
  if (root.name === name) return root;
  for (const child of root.children) {
    const found = findElement(child, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

export function textAt(root: ElementView, name: string): string | undefined {
  const text = findElement(root, name)?.text.trim();
  return text === '' ? undefined : text;
}
