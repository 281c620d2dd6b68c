import type { RecordCommand } from '../../domain/command.ts';
import type { WireKind } from '../../domain/entities.ts';
import { GatewayError, type Problem } from '../../domain/problem.ts';
import type {
  FileBatch,
  FilePackage,
  FilePlace,
  FileProblem,
  FileRecord,
  PackagedFile,
} from '../../pipeline/file-ports.ts';
import type { ElementView } from '../../pipeline/ports.ts';
import { readXmlRecords } from './read-xml-records.ts';
import type { PlacedElement, RecordShape, XmlFault, XmlRecord } from './record-shape.ts';

/** What a record of a file wishes, or why it cannot be taken. */
export type FileWish = StatedWish | RefusedWish;

interface StatedWish extends Placed {
  readonly command: RecordCommand;
}

interface Placed {
  /** Where it stands, when that is not where its path leads: a member whose path is that of the whole membership. */
  readonly element?: ElementView | undefined;
}

export interface RefusedWish extends Placed {
  readonly problem: Problem;
  readonly about?: { readonly kind: WireKind; readonly sourcedId: string };
}

/** How the XML files of a language are read. */
export interface XmlReading {
  readonly shape: RecordShape;
  /** What the language calls itself, for messages: `IMS Enterprise`. */
  readonly language: string;
  /** Reads one record. Places (`at`) are XML paths from the outermost element on. Throws GatewayError for a record as a whole. */
  wishesOf(record: XmlRecord): Iterable<FileWish>;
}

/** Reads all files of a package, in their order. A file that ends early is told, and the next one is read. */
export async function* readXmlFiles({ files }: FilePackage, reading: XmlReading): AsyncGenerator<FileBatch> {
  for (const file of files) yield* readXmlFile(file, reading);
}

async function* readXmlFile(file: PackagedFile, reading: XmlReading): AsyncGenerator<FileBatch> {
  for await (const { records, fault, bytesRead } of readXmlRecords(file.open(), reading.shape)) {
    const batch = { records: [] as FileRecord[], problems: [] as FileProblem[] };
    for (const record of records) {
      for (const wish of wishesOf(record, reading)) {
        if ('command' in wish) batch.records.push(placed(file, record, wish));
        else batch.problems.push(toldOf(file, record, wish));
      }
    }
    if (fault !== undefined) batch.problems.push(faultOf(file, fault, reading));
    const isForeign = fault?.code === 'unknown_file' && records.length === 0 && !isNamedXml(file);
    yield { ...batch, file: file.name, bytesRead, ...(isForeign ? { kinds: [] } : {}) };
  }
}

/** What has another name, and is something else, is a checksum or a note beside the files: nothing of it is lost. */
function isNamedXml({ name }: PackagedFile): boolean {
  return name.toLowerCase().endsWith('.xml');
}

function* wishesOf(record: XmlRecord, reading: XmlReading): Generator<FileWish> {
  try {
    yield* reading.wishesOf(record);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    yield refusedWish(error, record.at);
  }
}

/** What a translator threw, as a wish that is refused. */
export function refusedWish(
  { code, message, at }: GatewayError,
  record: string,
  about?: RefusedWish['about'],
): RefusedWish {
  return { problem: { code, message, at: at ?? record }, ...(about === undefined ? {} : { about }) };
}

function placed({ name }: PackagedFile, record: XmlRecord, { command, element }: StatedWish): FileRecord {
  return { place: placeOf(name, record, command.at ?? record.at, element), command };
}

function toldOf({ name }: PackagedFile, record: XmlRecord, { problem, about, element }: RefusedWish): FileProblem {
  const place = placeOf(name, record, problem.at ?? record.at, element);
  return {
    place,
    problem: { ...problem, at: pointTo(place) },
    ...(about === undefined ? {} : { about }),
    isRecord: true,
  };
}

function faultOf(
  { name }: PackagedFile,
  { code, message, line, column }: XmlFault,
  { language }: XmlReading,
): FileProblem {
  const place = { file: name, line, column };
  const text =
    code === 'unknown_file'
      ? `${name} is no file of ${language}: ${message} Nothing of it was taken. The other files were read.`
      : message;
  return { place, problem: { code, message: text, at: pointTo(place) } };
}

/** The element that a path names, or the nearest one around it that is there. */
function placeOf(file: string, record: XmlRecord, path: string, element?: ElementView): FilePlace {
  const found = nearest(record, path);
  const { line, column } = found === record.element && isPlaced(element) ? element : found;
  return { file, line, column, field: path };
}

function nearest({ element, at, listFrom }: XmlRecord, path: string): PlacedElement {
  let found = element;
  if (!path.startsWith(`${at}/`)) return found;
  for (const step of path.slice(at.length + 1).split('/')) {
    const bracket = step.indexOf('[');
    const name = bracket < 0 ? step : step.slice(0, bracket);
    const index = bracket < 0 ? 0 : Number(step.slice(bracket + 1, -1)) - 1;
    // Of a part of a list, the numbers go on from the parts before.
    const child = nth(found.children, name, found === element && index >= listFrom ? index - listFrom : index);
    if (!isPlaced(child)) return found;
    found = child;
  }
  return found;
}

/** One of the elements of a name, in whatever case. This is asked of every record, and of each member of a long list. */
function nth(elements: readonly ElementView[], name: string, index: number): ElementView | undefined {
  let lower: string | undefined;
  let before = 0;
  for (const element of elements) {
    if (element.name !== name && element.name.toLowerCase() !== (lower ??= name.toLowerCase())) continue;
    if (before === index) return element;
    before += 1;
  }
  return undefined;
}

function isPlaced(element: ElementView | undefined): element is PlacedElement {
  return element !== undefined && 'line' in element;
}

function pointTo({ file, line, column }: FilePlace): string {
  return [file, line, column].join(':');
}
