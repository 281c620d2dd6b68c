import type { Attributes, FileEntry } from 'ssh2';
import type { Listed } from './folder.ts';

const folderMode = 0o040_755;
const fileMode = 0o100_644;

export function folderAttributes(): Attributes {
  return { mode: folderMode, uid: 0, gid: 0, size: 0, atime: 0, mtime: 0 };
}

export function fileAttributes({ sizeBytes, changedAt }: Listed): Attributes {
  const seconds = Math.floor(changedAt.getTime() / 1_000);
  return { mode: fileMode, uid: 0, gid: 0, size: sizeBytes, atime: seconds, mtime: seconds };
}

/** One line of `ls -l`, which clients show as it is. */
export function entryOf(file: Listed): FileEntry {
  const { name, sizeBytes, changedAt } = file;
  const [, month = '', day = ''] = /^\w+, (\d+) (\w+)/.exec(changedAt.toUTCString()) ?? [];
  const when = `${day} ${month} ${changedAt.toISOString().slice(11, 16)}`;
  return {
    filename: name,
    longname: `-rw-r--r--    1 sis      sis      ${String(sizeBytes).padStart(12)} ${when} ${name}`,
    attrs: fileAttributes(file),
  };
}
