import type { EndpointSecrets } from '../domain/endpoint.ts';
import type { ElementView } from '../pipeline/ports.ts';

const LONGEST = 500;

/** What the other side says, fit for one line: short, without control characters. */
export function saidText(text: string): string {
  const plain = text.replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ').trim();
  return plain.length > LONGEST ? `${plain.slice(0, LONGEST)}...` : plain;
}

/** A message that may repeat what the other side said, which may repeat what it was sent: without the secrets. */
export function withoutSecrets(message: string, { userName = '', password, privateKey }: EndpointSecrets): string {
  let clean = message;
  for (const secret of [password, privateKey]) {
    if (secret === undefined || secret === '') continue;
    for (const form of [base64(`${userName}:${secret}`), base64(secret), encodeURIComponent(secret), secret])
      clean = clean.replaceAll(form, '[removed]');
  }
  return clean;
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
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
