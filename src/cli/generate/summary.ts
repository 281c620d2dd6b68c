import { type FeedWanted, onlyAsked, type WrittenFeed } from '../../generate/index.ts';
import { table } from '../output.ts';

/**
 * What was written, and what was not though somebody may look for it.
 *
 * @param toldFile where the faults are told; undefined: there are none
 */
export function summary(
  { format: { name, lacks }, faults }: FeedWanted,
  { files, told }: WrittenFeed,
  toldFile: string | undefined,
): string {
  const rows = files.map((file) => [file.name, `${file.lines} lines`, `${file.sizeBytes} bytes`]);
  const lines = [table(rows)];
  const leftOut = lacks.filter((lack) => !onlyAsked.some((each) => each === lack));
  if (leftOut.length > 0) lines.push(`Left out, since ${name} has no word for it: ${leftOut.join(', ')}.`);
  if (toldFile !== undefined) lines.push(`${told.length} faults are told in ${toldFile}.`);
  const done = new Set(told.map(({ fault }) => fault));
  for (const fault of faults)
    if (!done.has(fault.name))
      lines.push(`The fault ${fault.name} found nothing in this feed that it could be done to.`);
  return lines.join('\n');
}
