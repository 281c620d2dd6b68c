/** The versions of D2L Standard CSV, oldest first. 1.0 has no manifest. */
export const versions = ['1.0', '1.1', '2.0', '2.1', '3.0'] as const;
export type Version = (typeof versions)[number];

export function isAtLeast(version: Version, least: Version): boolean {
  return versions.indexOf(version) >= versions.indexOf(least);
}

export function laterOf(one: Version, other: Version): Version {
  return isAtLeast(one, other) ? one : other;
}

/**
 * A version as manifests state it: `2.1`, and as Brightspace says it itself, `2.1.0`; `2` is 2.0. The patch does not
 * matter: what breaks the format always raises the version before it.
 */
export function parseVersion(stated: string): Version | undefined {
  const parts = /^(\d{1,3})(?:\.(\d{1,3})(?:\.\d{1,3})?)?$/.exec(stated.trim());
  if (parts === null) return undefined;
  const version = `${Number(parts[1])}.${Number(parts[2] ?? '0')}`;
  return versions.find((known) => known === version);
}
