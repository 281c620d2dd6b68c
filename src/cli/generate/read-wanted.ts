import {
  type CsvForm,
  type Fault,
  faults,
  type FeedFormat,
  type FeedWanted,
  formats,
  type Lack,
  shapeOf,
} from '../../generate/index.ts';
import { CommandError } from '../output.ts';

/** As commander gives them: the options that are not stated are absent, or as the help says. */
export type Options = Omit<FeedWanted, 'format' | 'faults' | 'csv'> & {
  format: string;
  out: string;
  fault: string[];
  csv: CsvForm;
};

/** The feed that the options ask for. Throws CommandError for what cannot be had, or not together. */
export function readWanted({ format: name, out: _, fault, ...options }: Options): FeedWanted {
  const format = formats.find((each) => each.name === name);
  if (format === undefined) throw new CommandError(`There is no format ${name}.`);
  const { csv, day, since } = options;
  if (csv !== 'plain' && format.syntax !== 'csv')
    throw new CommandError(`--csv ${csv} is for CSV files, and ${name} is XML.`);
  if (since !== undefined && since >= day)
    throw new CommandError(
      `--since ${since} is to be a day before --day ${day}: changes are told from one to the other.`,
    );
  refuseImpossible(options);
  refuseUnknown(options, format);
  return { ...options, format, faults: fault.map((each) => faultOf(each, format, options)) };
}

function faultOf(name: string, format: FeedFormat, { csv, since }: Pick<Options, 'csv' | 'since'>): Fault {
  const fault = faults.find((known) => known.name === name);
  if (fault === undefined)
    throw new CommandError(`There is no fault ${name}. There are: ${faults.map((known) => known.name).join(', ')}.`);
  if (fault.only !== undefined && fault.only !== format.syntax)
    throw new CommandError(`The fault ${name} is one of CSV files: it cannot be done to ${format.name}.`);
  if (fault.ofSnapshots === true && since !== undefined)
    throw new CommandError(
      `The fault ${name} is one of whole feeds: what is missing from a feed of changes (--since) is taken for unchanged.`,
    );
  if (fault.ofEncoding === true && csv !== 'plain')
    throw new CommandError(
      `The fault ${name} and --csv ${csv} each choose how the bytes are written: take one of them.`,
    );
  return fault;
}

/** A number that the world would have to change is refused, so that nobody counts on it. */
function refuseImpossible(options: Omit<Options, 'format' | 'out' | 'fault'>): void {
  const { sections, templates, crossLists } = options;
  const shape = shapeOf(options);
  const refuse = (option: string, few: string, why: string): never => {
    throw new CommandError(`--${option} is too ${few}: ${why}.`);
  };
  if (sections !== undefined && sections < shape.sections)
    refuse(`sections ${sections}`, 'few', `students take ${shape.courses} courses in a term (--courses)`);
  if (templates !== undefined && templates < shape.templates)
    refuse(`templates ${templates}`, 'few', `${shape.offerings} courses are offered in a term (see --sections)`);
  if (crossLists !== undefined && crossLists > shape.crossLists)
    refuse(`cross-lists ${crossLists}`, 'many', `each has two of the ${shape.sections} sections of a term`);
}

/** What is asked for by name, and the format has no word for. */
function refuseUnknown(
  { faculties, crossLists, auditors, attributes }: Omit<Options, 'format' | 'out' | 'fault'>,
  { name, lacks }: FeedFormat,
): void {
  const asked: readonly (readonly [option: string, isAsked: boolean, what: Lack])[] = [
    ['faculties', faculties !== undefined, 'faculties'],
    ['cross-lists', (crossLists ?? 0) > 0, 'cross-lists'],
    ['auditors', auditors === true, 'auditors'],
    ['attributes', attributes === true, 'attributes'],
  ];
  for (const [option, isAsked, what] of asked) {
    if (isAsked && lacks.includes(what))
      throw new CommandError(`--${option}: ${name} has no word for ${what}. ${others(what)}`);
  }
}

function others(what: Lack): string {
  const able = formats.filter(({ lacks }) => !lacks.includes(what)).map(({ name }) => name);
  return `These have: ${able.join(', ')}.`;
}
