export { checkName } from './check-name.ts';
export { openPackage } from './open-package.ts';
export type { PackageLimits } from './package-limits.ts';
export { PackageRefused, type RefusalReason } from './package-refused.ts';
