import { Command, Option } from 'commander';
import type { Environment } from '../../config.ts';
import { faults, type FeedWanted, formats, makeFeed, writeFeed, type WrittenFeed } from '../../generate/index.ts';
import { count, day, percent } from '../generate/arguments.ts';
import { examples } from '../generate/examples.ts';
import { readTarget } from '../generate/read-target.ts';
import { writeTold } from '../generate/write-told.ts';
import { CommandError, table } from '../output.ts';

/** As commander gives them: the options that are not stated are absent, or as the help says. */
type Options = Omit<FeedWanted, 'format' | 'faults'> & { format: string; out: string; fault: string[] };

/** `passerelle generate`: writes a feed of a university that does not exist, as a SIS would. */
export function generateCommand(_: Environment): Command {
  return new Command('generate')
    .description('write a feed of an invented university: any size, any day, the same bytes for the same seed')
    .requiredOption('--out <path>', 'where to: a new folder, a file.zip, or a file.xml')
    .addOption(
      new Option('--format <name>', 'the language of the feed')
        .choices(formats.map(({ name }) => name))
        .default('d2l-csv-3.0'),
    )
    .option('--students <number>', 'how many; all that is not stated follows from it', count, 1_000)
    .option('--seed <number>', 'another seed is another university', count, 1)
    .option('--terms <number>', 'terms, from autumn 2026 on', count)
    .option('--faculties <number>', 'faculties', count)
    .option('--departments <number>', 'departments', count)
    .option('--templates <number>', 'courses of the catalogue', count)
    .option('--sections <number>', 'sections in a term', count)
    .option('--instructors <number>', 'instructors; each section has one', count)
    .option('--courses <number>', 'courses that a full-time student takes in a term', count, 5)
    .addOption(percentage('--part-time <percent>', 'students who take half as many', 0.15))
    .addOption(percentage('--changes <percent>', 'records that change from one day to the next', 0.02))
    .option('--day <number>', 'the day whose state is written; 1 is 1 September 2026', day, 1)
    .option('--since <day>', 'only what changed since this earlier day, deletes with it', day)
    .addOption(
      new Option('--fault <name>', 'what goes wrong; may be given several times, see below')
        .argParser((name, before: string[]) => [...before, name])
        .default([], 'nothing'),
    )
    .addHelpText('after', examples)
    .action(async (options: Options) => {
      const { format, out, fault, ...wanted } = options;
      const made = makeFeed({ ...wanted, ...chosen(format, fault), ...daysOf(options) });
      const written = await writeFeed(made, await readTarget(out, format));
      const told = fault.length === 0 ? undefined : await writeTold(out, wanted, format, written);
      console.log(summary(written, told));
    });
}

function percentage(flags: string, what: string, usual: number): Option {
  return new Option(flags, what).argParser(percent).default(usual, `${usual * 100}%`);
}

function chosen(name: string, names: readonly string[]): Pick<FeedWanted, 'format' | 'faults'> {
  const format = formats.find((each) => each.name === name);
  if (format === undefined) throw new CommandError(`There is no format ${name}.`);
  const wanted = names.map((each) => {
    const fault = faults.find((known) => known.name === each);
    if (fault === undefined)
      throw new CommandError(`There is no fault ${each}. There are: ${faults.map((known) => known.name).join(', ')}.`);
    if (fault.only !== undefined && fault.only !== format.form)
      throw new CommandError(`The fault ${each} is one of CSV files: it cannot be done to ${name}.`);
    return fault;
  });
  return { format, faults: wanted };
}

function daysOf({ day: of, since }: Options): Pick<FeedWanted, 'day' | 'since'> {
  if (since !== undefined && since >= of)
    throw new CommandError(
      `--since ${since} is to be a day before --day ${of}: changes are told from one to the other.`,
    );
  return since === undefined ? { day: of } : { day: of, since };
}

function summary({ files, told }: WrittenFeed, toldFile: string | undefined): string {
  const rows = files.map(({ name, lines, sizeBytes }) => [name, `${lines} lines`, `${sizeBytes} bytes`]);
  const promised = toldFile === undefined ? [] : [`${told.length} faults are told in ${toldFile}.`];
  return [table(rows), ...promised].join('\n');
}
