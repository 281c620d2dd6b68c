import { invisible, type RefusalReason } from './package-refused.ts';

/** Why a name is none that a file of a package may have: it is written to logs, reports and, at times, disks of any system. */
export function checkName(name: string, maxNameChars: number): { reason: RefusalReason; why: string } | undefined {
  const found = rules.find((rule) => rule.applies(name));
  if (found !== undefined) return { reason: found.reason, why: found.why };
  if (name.length <= maxNameChars) return undefined;
  return { reason: 'bad_name', why: `its name has ${name.length} characters, at most ${maxNameChars} are taken` };
}

interface Rule {
  readonly reason: RefusalReason;
  readonly why: string;
  applies(name: string): boolean;
}

/** In this order: a name is refused for the first. */
const rules: readonly Rule[] = [
  bad('it has no name', (name) => name === ''),
  bad('its name holds characters that cannot be seen', (name) => name.search(invisible) >= 0),
  bad('its name is not valid UTF-8', (name) => name.includes('\ufffd')),
  bad('its name holds a backslash', (name) => name.includes('\\')),
  bad('its name is an absolute path', (name) => name.startsWith('/') || /^[a-z]:/i.test(name)),
  bad('its name leads out of the package', (name) => name.split('/').some((part) => part === '..' || part === '.')),
  {
    reason: 'folder',
    why: 'the archiver of macOS has put its own notes beside the files (leave them out with: zip -X -j)',
    applies: (name) => name.startsWith('__MACOSX/'),
  },
  { reason: 'folder', why: 'it is a folder', applies: (name) => name.endsWith('/') },
  { reason: 'folder', why: 'it stands in a folder', applies: (name) => name.includes('/') },
  bad('its name holds one of < > : " | ? *', (name) => /[<>:"|?*]/.test(name)),
  bad('its name begins or ends with a blank, or ends with a dot', (name) => /^\s|[\s.]$/.test(name)),
  bad('Windows reserves its name for a device', (name) =>
    /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i.test(name),
  ),
];

function bad(why: string, applies: (name: string) => boolean): Rule {
  return { reason: 'bad_name', why, applies };
}
