/** What a package may be at most. */
export interface PackageLimits {
  readonly maxFiles: number;
  /** UTF-16 code units. */
  readonly maxNameChars: number;
  /** Of one file, inflated. */
  readonly maxFileBytes: number;
  /** Of all files, inflated. */
  readonly maxTotalBytes: number;
  /** Inflated bytes for each byte in the zip. Deflate can reach 1,032; lists of people and courses stay below 30. */
  readonly maxRatio: number;
  /** Files up to this size may inflate as far as they like: they are no danger. */
  readonly ratioFreeBytes: number;
}

export const defaultPackageLimits: PackageLimits = {
  maxFiles: 1_000,
  maxNameChars: 200,
  maxFileBytes: 4 * 1_024 ** 3,
  maxTotalBytes: 16 * 1_024 ** 3,
  maxRatio: 200,
  ratioFreeBytes: 1_048_576,
};
