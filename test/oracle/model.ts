import type { WriteCommand } from '../../src/domain/command.ts';
import { commandKey } from '../../src/domain/command.ts';
import { fold, type SourceSystemOptions } from '../../src/domain/source-system.ts';
import { declare, type Verdict } from './model/declare.ts';
import { emptyState, type State } from './model/state.ts';
import { project } from './model/project.ts';
import type { Projection } from './projection.ts';

/** Changes of what is not declared by messages. `target` is the declared row whose LMS object is meant. */
export type Edit =
  | { edit: 'type'; source: string; sisType: string; to: string | null }
  | { edit: 'role'; source: string; sisRole: string; to: string | null }
  | { edit: 'options'; source: string; options: Partial<SourceSystemOptions> }
  | { edit: 'override'; entity: 'user' | 'org_unit'; target: string; field: string; value: string | null }
  | { edit: 'owned'; user: string[]; orgUnit: string[] };

/**
 * The state in memory, as plain and as slow as can be: what docs/projection.md says, apart from the SQL. Each batch of
 * commands and each edit is followed by a projection of everything.
 */
export interface Model {
  /** Declares the commands of one message, batch by batch, and says what became of each. `choices`: see State. */
  submit(sourceCode: string, commands: readonly WriteCommand[], choices?: Projection): Verdict[];
  edit(edit: Edit, choices?: Projection): void;
  /** The projected state after the last batch or edit. */
  projection(): Projection;
}

export function createModel(world: Pick<State, 'sources' | 'types' | 'roles'>): Model {
  const state = emptyState(world);
  let projected = project(state);
  return {
    submit(sourceCode, commands, choices) {
      const source = sourceOf(state, sourceCode);
      return batches(commands).flatMap((batch) => {
        const verdicts = batch.map((command) => declare(state, source, command));
        projected = project(state, choices);
        return verdicts;
      });
    },
    edit(edit, choices) {
      applyEdit(state, edit);
      projected = project(state, choices);
    },
    projection: () => projected,
  };
}

/** A key that comes again starts the next batch, so no row meets itself; a copy is about two keys. A rename reaches others. */
export function batches(commands: readonly WriteCommand[]): WriteCommand[][] {
  const all: WriteCommand[][] = [];
  let keys = new Set<string>();
  for (const command of commands) {
    const key = commandKey(command);
    const isAlone = command.verb === 'rename' || all.at(-1)?.[0]?.verb === 'rename';
    const ofCommand = 'copyOf' in command ? [key, `${command.kind} ${command.copyOf}`] : [key];
    if (all.length === 0 || isAlone || ofCommand.some((one) => keys.has(one))) {
      all.push([]);
      keys = new Set();
    }
    for (const one of ofCommand) keys.add(one);
    all.at(-1)!.push(command);
  }
  return all;
}

function applyEdit(state: State, edit: Edit): void {
  if (edit.edit === 'type') put(sourceOf(state, edit.source).typeMap, fold(edit.sisType), edit.to);
  else if (edit.edit === 'role') put(sourceOf(state, edit.source).roleMap, fold(edit.sisRole), edit.to);
  else if (edit.edit === 'owned') state.lmsOwned = { user: edit.user, orgUnit: edit.orgUnit };
  else if (edit.edit === 'override') override(state, edit);
  else {
    const source = sourceOf(state, edit.source);
    source.options = { ...source.options, ...edit.options };
  }
}

function override(state: State, { entity, target, field, value }: Extract<Edit, { edit: 'override' }>): void {
  const link = entity === 'user' ? state.userLinks.get(target) : state.unitLinks.get(target);
  if (link === undefined) return;
  const fields = state.overrides.get(link.object) ?? new Map<string, unknown>();
  put(fields, field, value);
  state.overrides.set(link.object, fields);
}

function put<Value>(map: Map<string, Value>, key: string, value: Value | null): void {
  if (value === null) map.delete(key);
  else map.set(key, value);
}

function sourceOf(state: State, code: string) {
  const source = state.sources.find((one) => one.code === code);
  if (source === undefined) throw new Error(`no source system ${code}`);
  return source;
}
