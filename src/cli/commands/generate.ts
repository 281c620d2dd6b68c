import { Command, Option } from 'commander';
import type { Environment } from '../../config.ts';
import { csvForms, formats, makeFeed, writeFeed } from '../../generate/index.ts';
import { number, percent } from '../generate/arguments.ts';
import { examples } from '../generate/examples.ts';
import { readTarget, standardOutput } from '../generate/read-target.ts';
import { type Options, readWanted } from '../generate/read-wanted.ts';
import { summary } from '../generate/summary.ts';
import { saidOfWriting } from '../generate/write-error.ts';
import { writeTold } from '../generate/write-told.ts';
import { CommandError } from '../output.ts';

const most = 100_000_000;
const many = number(1, most);

/** `passerelle generate`: writes a feed of a university that does not exist, as a SIS would. */
export function generateCommand(_: Environment): Command {
  return new Command('generate')
    .description('write a feed of an invented university: any size, any day, the same bytes for the same seed')
    .requiredOption('--out <path>', 'where to: a new folder, a file.zip, a file.xml, or - for standard output')
    .addOption(
      new Option('--format <name>', 'the language of the feed')
        .choices(formats.map(({ name }) => name))
        .default('d2l-csv-3.0'),
    )
    .addOption(
      new Option('--csv <form>', 'how CSV files are saved: as Excel does it where semicolons separate, see below')
        .choices(csvForms)
        .default('plain'),
    )
    .option('--students <number>', 'how many; all that is not stated follows from it', many, 1_000)
    .option('--seed <number>', 'another seed is another university', many, 1)
    .option('--year <year>', 'the first term begins in its autumn; day 1 is its 1 September', number(1990, 2100), 2026)
    .option('--terms <number>', 'terms, autumn and spring by turns', number(1, 100))
    .option('--faculties <number>', 'faculties', many)
    .option('--departments <number>', 'departments', many)
    .option('--templates <number>', 'courses of the catalogue', many)
    .option('--sections <number>', 'sections in a term', many)
    .option('--cross-lists <number>', 'pairs of sections in a term that are taught together', number(0, most))
    .option('--instructors <number>', 'instructors; each section has one', number(1, 9_999_999))
    .option('--courses <number>', 'courses that a full-time student takes in a term', number(1, 50), 5)
    .addOption(percentage('--part-time <percent>', 'students who take half as many', 0.15))
    .option('--auditors', 'each student has an instructor who may look on')
    .option('--attributes', 'a file of attributes says how instructors are employed')
    .addOption(percentage('--changes <percent>', 'records that change from one day to the next', 0.02))
    .option('--day <number>', 'the day whose state is written', number(1, 999), 1)
    .option('--since <day>', 'only what changed since this earlier day, deletes with it', number(1, 999))
    .addOption(
      new Option('--fault <name>', 'what goes wrong; may be given several times, see below')
        .argParser((name, before: string[]) => [...before, name])
        .default([], 'nothing'),
    )
    .addHelpText('after', examples)
    .action(write);
}

async function write(options: Options): Promise<void> {
  const { out } = options;
  const wanted = readWanted(options);
  const hasFaults = wanted.faults.length > 0;
  if (out === standardOutput && hasFaults)
    throw new CommandError('What --fault does is told in a file beside the feed: name a path with --out.');
  const target = await readTarget(out, wanted.format);
  await saidOfWriting(out, async () => {
    const written = await writeFeed(makeFeed(wanted), target);
    const told = hasFaults ? await writeTold(out, wanted, written) : undefined;
    // The standard output may be the feed itself.
    (out === standardOutput ? console.error : console.log)(summary(wanted, written, told));
  });
}

function percentage(flags: string, what: string, usual: number): Option {
  return new Option(flags, what).argParser(percent).default(usual, `${usual * 100}%`);
}
