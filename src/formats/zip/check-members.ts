import { checkName } from './check-name.ts';
import type { PackageLimits } from './package-limits.ts';
import { PackageRefused, type RefusalReason, shown } from './package-refused.ts';
import type { ZipMember } from './read-directory.ts';

/** Refuses a zip by what its directory says, before a byte of its files is read. Throws PackageRefused for the first reason. */
export function checkMembers(name: string, members: readonly ZipMember[], limits: PackageLimits): void {
  if (members.length === 0) throw new PackageRefused('no_files', { package: name }, 'it is a zip without files');
  if (members.some((member) => member.name === '[Content_Types].xml')) {
    throw new PackageRefused('office_document', { package: name }, 'it is a document of an office program');
  }
  for (const member of members) {
    const found = checkMember(member, limits);
    if (found !== undefined) throw new PackageRefused(found.reason, { package: name, member: member.name }, found.why);
  }
  refuseDoubles(name, members);
  refuseOverlaps(name, members);
  const total = members.reduce((sum, { inflatedBytes }) => sum + inflatedBytes, 0);
  if (total > limits.maxTotalBytes) {
    const why = `its files have ${total} bytes together, at most ${limits.maxTotalBytes} are taken`;
    throw new PackageRefused('too_large', { package: name }, why);
  }
}

interface Finding {
  readonly reason: RefusalReason;
  readonly why: string;
}

const stored = 0;
const deflated = 8;

function checkMember(member: ZipMember, limits: PackageLimits): Finding | undefined {
  return checkName(member.name, limits.maxNameChars) ?? checkKind(member) ?? checkSize(member, limits);
}

function checkKind({ type, encrypted, method }: ZipMember): Finding | undefined {
  if (type === 'folder') return { reason: 'folder', why: 'it is a folder' };
  if (type === 'other') return { reason: 'unsupported', why: 'it is a link or a device, not a file' };
  if (encrypted) return { reason: 'encrypted', why: 'it is encrypted' };
  if (method === stored || method === deflated) return undefined;
  return { reason: 'unsupported', why: `it is compressed by method ${method} (${methodNames[method] ?? 'unknown'})` };
}

/** APPNOTE 4.4.5: those that programs offer. */
const methodNames: Readonly<Record<number, string>> = {
  9: 'Deflate64',
  12: 'BZIP2',
  14: 'LZMA',
  93: 'Zstandard',
  95: 'XZ',
  98: 'PPMd',
  99: 'AES',
};

function checkSize({ inflatedBytes, packedBytes }: ZipMember, limits: PackageLimits): Finding | undefined {
  const { maxFileBytes, maxRatio, ratioFreeBytes } = limits;
  if (inflatedBytes > maxFileBytes) {
    return { reason: 'too_large', why: `it has ${inflatedBytes} bytes, at most ${maxFileBytes} are taken` };
  }
  if (inflatedBytes <= ratioFreeBytes || inflatedBytes <= packedBytes * maxRatio) return undefined;
  return {
    reason: 'bomb',
    why: `it grows from ${packedBytes} to ${inflatedBytes} bytes, more than ${maxRatio} times`,
  };
}

/** Names that a file system, or a person, would take for one: letter case and composed accents do not count. */
function refuseDoubles(name: string, members: readonly ZipMember[]): void {
  const seen = new Map<string, string>();
  for (const member of members) {
    const key = member.name.normalize('NFC').toLowerCase();
    const before = seen.get(key);
    if (before !== undefined) {
      const why = before === member.name ? 'it is there twice' : `its name is the same as ${shown(before)}`;
      throw new PackageRefused('doubled_name', { package: name, member: member.name }, why);
    }
    seen.set(key, member.name);
  }
}

export const localHeaderBytes = 30;

/** Members that share bytes make bombs whose ratio looks harmless. */
function refuseOverlaps(name: string, members: readonly ZipMember[]): void {
  const ordered = members.toSorted((a, b) => a.headerAt - b.headerAt);
  let end = 0;
  for (const member of ordered) {
    if (member.headerAt < end) {
      throw new PackageRefused(
        'bomb',
        { package: name, member: member.name },
        'it shares bytes with another file of the zip',
      );
    }
    end = member.headerAt + localHeaderBytes + member.packedBytes;
  }
}
