import { z } from 'zod';
import type { ListEntry } from '../../domain/extension-points.ts';
import { GatewayError } from '../../domain/problem.ts';
import type { SourceSystem } from '../ports.ts';
import type { CompiledLists } from './compile.ts';
import { definePlugin, defineTranslator, type Plugin, pluginApiVersion, type TranslatorFunction } from './plugin.ts';
import type { TranslatedRecord, TranslatorPlugin } from './plugin.ts';
import type { ListPoint, Template } from './points.ts';

/** One step of a dialect's own, as it writes it down. The one called `base` comes first. */
export interface ReadStep {
  readonly name: string;
  /** Without it a record of the kind says nothing that could be declared. */
  readonly required?: boolean;
  /** What it reads has no field of its own: it becomes attributes. */
  readonly attributesOnly?: boolean;
  /** It stands in no shipped list. */
  readonly onlyChosen?: boolean;
  /** What it demands of a whole record where the option `required` says so, as in the list of IPSIS. */
  readonly demand?: Demand | undefined;
  read(record: TranslatedRecord, fields: object): void;
}

export interface Demand {
  /** In words: `The department`. */
  readonly what: string;
  /** Where it would stand, below the path of the record: `org/orgName`. */
  readonly at: string;
  isStated(fields: object): boolean;
}

/** One kind of record of a dialect: the steps of its extension point, in the order in which they are shipped. */
export interface ReadRecord {
  /** `translate.saip.course_section` */
  readonly point: string;
  /** What is read, with its article: `a LIS CourseSection`. */
  readonly what: string;
  readonly steps: readonly ReadStep[];
  /** Where a step stands in IPSIS's default list, and what it is called there. The others stand behind these. */
  readonly places?: Readonly<Record<string, readonly [sortOrder: number, alias: string]>>;
  /** What IPSIS calls a step that it has beside its default list. */
  readonly aliases?: Readonly<Record<string, string>>;
}

/** The steps that read the records of a point, in the order that was chosen. */
export type StepsOf = (point: string) => readonly { readonly made: TranslatorFunction }[];

/** The steps of a source system, as its lists have them; without lists, all of them as they are written down. */
export function stepsOfSource(lists: CompiledLists | undefined, source: SourceSystem): StepsOf | undefined {
  return lists && ((point) => lists.translators(source, point));
}

/** The extension points of a dialect, and the steps that are shipped for them, as a plug-in like any other. */
export function defineTranslators(records: readonly ReadRecord[]): { points: readonly ListPoint[]; steps: Plugin } {
  return {
    points: records.map(listPoint),
    steps: definePlugin({
      name: 'passerelle',
      apiVersion: pluginApiVersion,
      translators: records.flatMap((record) => placed(record).map((each) => asPlugin(record, each))),
    }),
  };
}

interface Placed {
  readonly step: ReadStep;
  readonly sortOrder: number;
  readonly alias: string | undefined;
  readonly options?: ListEntry['options'];
}

/** IPSIS's places first; the others behind them, in their own order. */
function placed({ steps, places = {} }: ReadRecord): Placed[] {
  const behind = steps.filter(({ name }) => places[name] === undefined);
  const from = behind.length === steps.length ? 10 : 100;
  return [
    ...steps.flatMap((step) => {
      const place = places[step.name];
      return place === undefined ? [] : [{ step, sortOrder: place[0], alias: place[1] }];
    }),
    ...behind.map((step, index) => ({ step, sortOrder: from + 10 * index, alias: undefined })),
  ].sort((one, other) => one.sortOrder - other.sortOrder);
}

function listPoint(record: ReadRecord): ListPoint {
  const ordered = placed(record).filter(({ step }) => step.onlyChosen !== true);
  const known = ordered.filter(({ alias }) => alias !== undefined);
  const plain = ordered.filter(({ step }) => step.attributesOnly !== true);
  return {
    name: record.point,
    kind: 'translate',
    summary: `Reads the record of ${record.what}.`,
    templates: [
      template(record, 'standard', 'Everything that is read unless somebody chooses otherwise.', ordered),
      ...(known.length === 0
        ? []
        : [template(record, 'ipsis', 'What IPSIS reads by default, and requires.', known.map(requiring))]),
      ...(plain.length === ordered.length
        ? []
        : [template(record, 'fields-only', 'Nothing that would become an attribute: no extension fields.', plain)]),
    ],
    standard: () => 'standard',
  };
}

function asPlugin(record: ReadRecord, { step, alias }: Placed): TranslatorPlugin {
  const { point, what, aliases } = record;
  const called = alias ?? aliases?.[step.name];
  const isBase = step.name === 'base';
  return defineTranslator<{ required: boolean } | undefined>({
    name: pluginName(record, step),
    summary: `Reads the part "${step.name}" of ${what}.`,
    points: [point],
    stage: isBase ? 'read' : 'rule',
    requiredAt: isBase || step.required === true ? [point] : [],
    alias: () => called,
    ...(step.demand === undefined ? {} : { options: demandOptions }),
    make: (options) => functionOf(step, options?.required === true),
  });
}

const demandOptions = z.strictObject({
  required: z.boolean().default(false).meta({
    description: 'Refuses a whole record that does not state this part (`incomplete_data`); an update need not.',
  }),
});

function functionOf(step: ReadStep, isRequired: boolean): TranslatorFunction {
  const { demand } = step;
  if (demand === undefined || !isRequired) {
    return (record, fields) => {
      step.read(record, fields);
    };
  }
  return (record, fields) => {
    step.read(record, fields);
    if (record.partial || demand.isStated(fields)) return;
    const at = `${record.at}/${demand.at}`;
    const message = `${demand.what} is missing or empty, and the list of plug-ins requires it: ${at} must have a value.`;
    throw new GatewayError('incomplete_data', message, { at });
  };
}

/** `saip-course-section-title` */
function pluginName({ point }: ReadRecord, { name }: ReadStep): string {
  return `${point.replace('translate.', '')} ${name}`.replaceAll(/[^a-z0-9]+/g, '-');
}

function requiring(placed: Placed): Placed {
  return placed.step.demand === undefined ? placed : { ...placed, options: { required: true } };
}

function template(record: ReadRecord, name: string, summary: string, steps: readonly Placed[]): Template {
  const entries = steps.map(({ step, sortOrder, options }): ListEntry => ({
    plugin: pluginName(record, step),
    sortOrder,
    ...(options === undefined ? {} : { options }),
  }));
  return { name, summary, entries };
}
