export { openPackage } from './open-package.ts';
export { defaultPackageLimits, type PackageLimits } from './package-limits.ts';
export { PackageRefused, type RefusalReason } from './package-refused.ts';
