import { faults, formats } from '../../generate/index.ts';
import { table } from '../output.ts';

/** What stands behind the options in the help. */
export const examples = `
Formats:
${table(
  formats.map(({ name, summary }) => [name, summary]),
  '  ',
)}

How CSV files are saved:
${table(
  [
    ['plain', 'commas and UTF-8, as the format says'],
    ['excel', 'semicolons, CR LF and Windows-1252: read where the source system has the quirk excelCsv'],
    ['excel-utf8', 'semicolons, CR LF and UTF-8 with a byte order mark: the same'],
  ],
  '  ',
)}

Faults (what they promise is told beside the feed, in PATH.faults.json):
${table(
  faults.map(({ name, what }) => [name, what]),
  '  ',
)}

Examples:
  A zip for a first trial, a thousand students:
    passerelle generate --out first.zip
  The next day of the same university, whole; and only what changed:
    passerelle generate --out second.zip --day 2 --changes 2%
    passerelle generate --out changes.zip --day 2 --since 1 --changes 2%
  A file of a million memberships for IMS Enterprise:
    passerelle generate --format ims-enterprise --out large.xml --students 100000
  Straight into another program, a zip where the format is several files:
    passerelle generate --out - --format lis2-bulk | gzip > feed.xml.gz
  What a broken extract looks like:
    passerelle generate --out broken.zip --fault broken-rows --fault missing-parents`;
