import { type Setting, settingGroups, settings } from '../src/settings.ts';

/** Writes docs/settings.md out of the table of settings. */
export function generate(): Promise<{ path: string; text: string }[]> {
  const all = Object.values<Setting>(settings);
  const sections = settingGroups.map((group) => {
    const rows = all.filter((setting) => setting.group === group).map(row);
    return [`## ${group}`, '', '| setting | default | meaning |', '| --- | --- | --- |', ...rows].join('\n');
  });
  return Promise.resolve([{ path: 'docs/settings.md', text: `${head}\n${sections.join('\n\n')}\n` }]);
}

const head = `# Settings

All settings come from the environment; \`passerelle start\` takes some as flags too. An empty value counts as absent.
\`passerelle config\` lists them with the values in force, and reports everything that is wrong with them at once.

This page is generated from \`src/settings.ts\`.
`;

function row({ name, default: byDefault, meaning, secret }: Setting): string {
  const shown = byDefault === undefined || byDefault === '' ? '' : `\`${byDefault}\``;
  return `| \`${name}\` | ${shown} | ${meaning}${secret ? ' Secret: never shown or logged.' : ''} |`;
}
