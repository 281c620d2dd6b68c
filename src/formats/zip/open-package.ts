import type { ByteSource, FilePackage, PackagedFile } from '../../pipeline/file-ports.ts';
import { checkMembers } from './check-members.ts';
import { checkName } from './check-name.ts';
import { defaultPackageLimits, type PackageLimits } from './package-limits.ts';
import { PackageRefused } from './package-refused.ts';
import { readDirectory, startsAsZip } from './read-directory.ts';
import { readMember } from './read-member.ts';

/**
 * Opens what was uploaded as a package: a flat zip, or a single file, which becomes a package of one. `name` is the one it was
 * uploaded under. Only the directory of a zip is read; its files are inflated when they are read, under the same limits.
 *
 * Throws PackageRefused (code `package_refused`), here for what the directory shows, and while a file is read for what only
 * its bytes show: more bytes than stated, fewer, a wrong checksum. What the source throws comes through as it is.
 */
export async function openPackage(
  name: string,
  bytes: ByteSource,
  limits: Partial<PackageLimits> = {},
): Promise<FilePackage> {
  const all = { ...defaultPackageLimits, ...limits };
  const bad = checkName(name, all.maxNameChars);
  if (bad !== undefined) throw new PackageRefused(bad.reason, { package: name }, bad.why);
  const isZip = /\.zip$/i.test(name) || (await startsAsZip(bytes));
  return isZip ? openZip(name, bytes, all) : { name, files: [singleFile(name, bytes, all)] };
}

async function openZip(name: string, bytes: ByteSource, limits: PackageLimits): Promise<FilePackage> {
  const members = await readDirectory(name, bytes, limits.maxFiles);
  checkMembers(name, members, limits);
  const files = members.map((member): PackagedFile => ({
    name: member.name,
    sizeBytes: member.inflatedBytes,
    open: () => readMember(name, bytes, member),
  }));
  return { name, files: files.sort(byName) };
}

function singleFile(name: string, bytes: ByteSource, { maxFileBytes }: PackageLimits): PackagedFile {
  const { sizeBytes } = bytes;
  if (sizeBytes > maxFileBytes) {
    throw new PackageRefused(
      'too_large',
      { package: name },
      `it has ${sizeBytes} bytes, at most ${maxFileBytes} are taken`,
    );
  }
  return { name, sizeBytes, open: () => bytes.read(0, sizeBytes) };
}

/** By code units, the same on every machine: senders control the order of their files by names such as `01-...`. */
function byName(a: PackagedFile, b: PackagedFile): number {
  return a.name < b.name ? -1 : 1;
}
