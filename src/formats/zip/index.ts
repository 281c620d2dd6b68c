export { checkName } from './check-name.ts';
export { openPackage } from './open-package.ts';
export type { PackageLimits } from './package-limits.ts';
export { PackageRefused, type RefusalReason } from './package-refused.ts';
export { writeZip, type ZipMember } from './write-zip.ts';
