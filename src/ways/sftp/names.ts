import { posix } from 'node:path';

const longestPath = 4_096;
const receiptEnding = '.receipt.json';

/** What a path of a client means: the one folder that there is, or the name of a file in it; undefined for all else. */
export function resolvePath(
  path: string,
): { readonly is: 'folder' } | { readonly is: 'file'; readonly name: string } | undefined {
  if (path.length > longestPath || path.includes('\0')) return undefined;
  const name = posix.normalize(`/${path}`).replace(/\/$/, '').slice(1);
  if (name === '') return { is: 'folder' };
  return name.includes('/') ? undefined : { is: 'file', name: name.normalize('NFC') };
}

/**
 * Names under which clients write what is not whole yet, and rename it when it is: `.filepart` of WinSCP, `.part`, `.tmp`...;
 * and hidden files.
 */
export function isTemporary(name: string): boolean {
  return /^[.~]|~$|\.(?:filepart|part|partial|tmp|temp|uploading|writing|inprogress|crdownload|swp)$/i.test(name);
}

export function receiptName(name: string): string {
  return name + receiptEnding;
}

/** The name of the file whose receipt this is. */
export function ofReceipt(name: string): string | undefined {
  return name.endsWith(receiptEnding) && name.length > receiptEnding.length
    ? name.slice(0, -receiptEnding.length)
    : undefined;
}
