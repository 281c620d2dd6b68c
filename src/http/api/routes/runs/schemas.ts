import { z } from 'zod';
import { holdStates } from '../../../../domain/administration/index.ts';
import { outcomeStatuses } from '../../../../domain/outcome.ts';
import { type ProblemCode, problemCatalogue } from '../../../../domain/problem.ts';
import {
  countedKinds,
  effectSorts,
  itemOperations,
  runModes,
  runStates,
  snapshotKinds,
} from '../../../../domain/run.ts';
import { instant, sourcedId, wireKind } from '../../schemas.ts';
import { guardLimit } from '../../guards.ts';
import { problem } from '../problem.ts';

/* What calls of runs take and answer. */

export const problemCode = z.enum(Object.keys(problemCatalogue) as [ProblemCode, ...ProblemCode[]]);
export const mode = z.enum(runModes).meta({
  description: '`validate`: problems only. `plan`: a stored plan. `apply`: the plan is applied.',
});
export const operation = z.enum(itemOperations).meta({
  description: '`remove`: it ends what the LMS has, by a delete, or by its status, role or type.',
});
export const severity = z.enum(['error', 'warning']).meta({ description: '`error`: the record was left out.' });

const snapshot = z
  .strictObject({
    kinds: z.array(z.enum(snapshotKinds)).min(1),
    under: sourcedId.optional().meta({
      description: 'Only what is declared below this org unit can be absent: a semester, a department.',
    }),
  })
  .refine(({ kinds, under }) => under === undefined || !kinds.includes('person'), 'persons stand below no org unit')
  .meta({
    id: 'SnapshotWish',
    description:
      'The files name all there is of these kinds: what they do not name is removed. Persons are inactivated.',
  });

export const options = z.object({
  snapshot: snapshot.optional(),
  asOf: instant.optional().meta({
    description: 'When the files were made: what was declared later is left alone. Default: when the upload began.',
  }),
  only: z.array(sourcedId).optional().meta({ description: 'Of a rollback: only what has these sourcedIds.' }),
  force: z.boolean().optional().meta({ description: 'Applies what guards would hold.' }),
});

const count = z.int();
const kindCounters = z.object({
  records: count,
  unchanged: count,
  add: count,
  change: count,
  remove: count,
  refused: count,
  asides: count.optional().meta({
    description:
      'Of the records that were taken: those that make nothing and only say more of what is stated elsewhere, such as attributes of D2L. A snapshot is not measured by them.',
  }),
  refusedAsides: count.optional().meta({
    description:
      'Of the records that were refused: those that would only have said more. A snapshot is not measured by them, either.',
  }),
});

const effects = {
  created: count,
  ended: count.meta({ description: 'Of enrollments; persons and org units are deleted.' }),
  inactivated: count,
  changed: count.meta({ description: 'Other fields, parents, or another role.' }),
  samples: z.array(z.object({ sort: z.enum(effectSorts), sourcedId: z.string(), item: count })).meta({
    description: 'The first of each sort, by the record that they are of, and the number of the item that does it.',
  }),
};

const itemEffects = z
  .object(effects)
  .meta({ id: 'RunItemEffects', description: 'What an item would do to LMS objects of one kind.' });

const runEffects = z
  .object({
    ...effects,
    count: count.meta({
      description: 'How many would end, or lose what they stand below, that the plan does not remove by itself.',
    }),
    live: count.meta({ description: 'Of how many that are declared.' }),
    from: z.array(wireKind).meta({ description: 'The kinds of the items that do it.' }),
  })
  .meta({ id: 'RunEffects', description: 'What a plan would do to LMS objects of one kind.' });

export const run = z
  .object({
    id: z.string().meta({ description: 'Also the id of its message in the journal, to which changes lead.' }),
    sourceSystem: z.string(),
    state: z.enum(runStates),
    mode,
    options,
    paused: z.boolean(),
    waits: z
      .object({
        for: z.enum(['blackout', 'source_system']).meta({
          description: '`source_system`: it goes on when the source system is enabled again.',
        }),
        window: z.string().meta({ description: 'What the window is called; of a source system, its state.' }),
        since: instant,
        until: instant.nullable().meta({
          description:
            'When it goes on; null: it is about to be looked at again, or when the source system is enabled.',
        }),
      })
      .nullable()
      .meta({ description: 'Why it is not applied just now.' }),
    override: z
      .object({ by: z.string(), at: instant })
      .nullable()
      .meta({ description: 'Who said that it goes on in a blackout all the same.' }),
    upload: z.object({ id: z.string(), name: z.string(), sizeBytes: count, sha256: z.string().nullable() }).nullable(),
    takesBack: z.string().nullable().meta({ description: 'The run that this one takes back.' }),
    dialect: z.string().nullable().meta({
      description: '`messages`: what was held of real-time messages; `rollback`: it takes another one back.',
    }),
    requestedBy: z.string(),
    requestedAt: instant,
    startedAt: instant.nullable(),
    plannedAt: instant.nullable(),
    applyingAt: instant.nullable(),
    finishedAt: instant.nullable(),
    asOf: instant,
    progress: z.object({
      percent: z.number().meta({ description: 'Of the phase that it is in.' }),
      rowsPerSecond: count.nullable(),
      expectedEndAt: instant.nullable().meta({ description: 'Of this phase.' }),
      file: z.string().nullable(),
      records: count,
    }),
    counters: z.partialRecord(z.enum(countedKinds), kindCounters).meta({
      description:
        'The plan, by kind. Each record is one of the others: unchanged, an add, a change, a removal by name, or refused. `unknown`: records that were refused before their kind could be read.',
    }),
    effects: z.partialRecord(wireKind, runEffects).meta({
      description:
        'What the plan would do in the LMS, by kind, as things stood when it was made. Of what is added, what waits for something is left out.',
    }),
    held: count.meta({ description: 'How many items are held; of a run that only makes a plan, how many would be.' }),
    items: count,
    applied: count.meta({
      description: 'How many items are applied; until it has finished, the number of the last one that was looked at.',
    }),
    problems: z.object({ error: count, warning: count }),
    outcomes: z.record(z.string(), count).meta({ description: 'Items that are not simply done, once it has ended.' }),
    leaving: z
      .object({
        waiting: count.meta({ description: 'To end when they are due, unless they have come back meanwhile.' }),
        ended: count,
        returned: count.meta({
          description: 'Declared again before; known when they are due, or when the next run ends.',
        }),
        failed: count,
        nextAt: instant.nullable().meta({ description: 'When the next one is due.' }),
      })
      .meta({ description: 'Enrollments that it left out and that end after a grace period.' }),
    failure: problem.nullable().meta({ description: 'Why it has failed.' }),
  })
  .meta({ id: 'Run', description: 'What becomes of an upload.' });

export const hold = z
  .object({
    number: count,
    guard: z.string().meta({
      description:
        '`removals`, `removalsInScope`, `effects` (of what would end with them), `lost_records` (a snapshot has lines that could not be read), `short_file`, `taken_back` (the same bytes were applied, and taken back), `identifiers`, `changes` or `adds_only` (a window keeps it back).',
    }),
    kind: wireKind,
    finding: z.object({
      count,
      of: count,
      limit: guardLimit,
      scope: z.object({ type: z.string(), key: z.string() }).optional(),
      window: z.string().optional().meta({ description: 'Of `adds_only`: what the window is called.' }),
      newSourcedIds: wireKind.optional().meta({
        description: 'Of `identifiers`: new records of this kind are called what others are called that are there.',
      }),
      partOf: count.optional().meta({ description: 'The hold that these items were part of.' }),
      windowMinutes: count.optional().meta({ description: 'Of messages: counted within so many minutes.' }),
    }),
    items: count,
    state: z.enum(holdStates).meta({
      description: '`would_be_held`: of a run that only makes a plan; there is nothing to decide.',
    }),
    madeAt: instant,
    expiresAt: instant,
    releaseAt: instant.nullable().meta({
      description: 'When it is applied by itself, without anybody deciding; of what a window keeps back.',
    }),
    decidedBy: z.string().nullable(),
    decidedAt: instant.nullable(),
  })
  .meta({ id: 'RunHold', description: 'Items of a plan that a guard keeps back.' });

export const item = z
  .object({
    number: count,
    operation,
    kind: wireKind,
    sourcedId: z.string(),
    file: z.string().nullable().meta({ description: 'null: it is absent from a snapshot, or of a message.' }),
    line: count.nullable(),
    stated: z.record(z.string(), z.unknown()).nullable(),
    before: z.record(z.string(), z.unknown()).nullable().meta({ description: 'The declared row that was there.' }),
    changes: z.array(z.object({ field: z.string(), before: z.unknown(), after: z.unknown() })),
    applied: z.boolean(),
    hold: count.nullable().meta({ description: 'The hold that keeps it back.' }),
    leaves: z
      .object({
        meanwhile: z.enum(['inactive', 'active']),
        days: z.union([count, z.literal('never')]).nullable(),
        dueAt: instant.nullable().meta({ description: 'Known once it is applied; null: not yet, or never.' }),
        state: z.enum(['waiting', 'ended', 'returned', 'failed']).nullable(),
      })
      .nullable()
      .meta({ description: 'Of an enrollment that goes gently: how it stands until it ends.' }),
    effects: z.partialRecord(wireKind, itemEffects).nullable().meta({
      description: 'What it would do in the LMS now; null: it is applied, or `effects` was not asked for.',
    }),
    message: z.string().nullable().meta({ description: 'Of what was held of a message: its id in the journal.' }),
    outcome: z
      .object({ status: z.enum([...outcomeStatuses, 'overtaken']), problems: z.array(problem) })
      .nullable()
      .meta({ description: 'What became of it, where it is not simply done.' }),
  })
  .meta({ id: 'RunItem', description: 'One difference of a plan.' });

export const runProblem = z
  .object({
    number: count,
    severity,
    code: problemCode,
    message: z.string(),
    guideText: z.string().nullable().meta({ description: "What the format's own guide says." }),
    file: z.string().nullable(),
    line: count.nullable(),
    column: count.nullable(),
    field: z.string().nullable(),
    kind: wireKind.nullable(),
    sourcedId: z.string().nullable(),
    affects: count.meta({ description: 'How many records wait for what is missing or not mapped here.' }),
  })
  .meta({ id: 'RunProblem' });
