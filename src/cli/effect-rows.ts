import type { tryList } from '../http/api/routes/extension-points/dry-run.ts';

type Tried = Awaited<ReturnType<typeof tryList>>;

/** What a dry run found, for people: one line a step that does something. */
export function effectRows(tried: Tried): string[][] {
  return 'records' in tried ? recordRows(tried) : commandRows(tried);
}

function recordRows({ records, wishes, refusal }: Extract<Tried, { records: unknown }>): string[][] {
  const rows = records.flatMap(({ sourcedId, at, steps }) => [
    ['record', sourcedId, at],
    ...steps.flatMap(({ plugin, changes, warnings, refusal: refused, fault }) => [
      ...changes.map(({ field, before, after }) => ['', plugin, change(field, before, after)]),
      ...warnings.map(({ code, message }) => ['', plugin, `warns: ${code}: ${message}`]),
      ...(refused === undefined ? [] : [['', plugin, `REFUSES: ${refused.code}: ${refused.message}`]]),
      ...(fault === undefined ? [] : [['', plugin, `IS AT FAULT: it ${fault}`]]),
    ]),
  ]);
  return [
    ...(rows.length === 0 ? [['This point reads nothing of the message.']] : rows),
    refusal === undefined
      ? [
          'wishes',
          String(wishes.length),
          wishes.map(({ verb, kind, sourcedId }) => `${verb} ${kind} ${sourcedId}`).join('; '),
        ]
      : ['refused', refusal.code, refusal.message],
  ];
}

function commandRows({
  commands,
  otherCommands,
  refusal: ofMessage,
}: Exclude<Tried, { records: unknown }>): string[][] {
  return [
    ...commands.flatMap(({ command, steps, result, outcome }) => [
      ['command', `${command.verb} ${command.kind}`, command.sourcedId],
      ...steps.flatMap(({ plugin, before, after, warnings, refusal, fault }) => [
        ...(after === undefined ? [] : [['', plugin, differences(before, after)]]),
        ...warnings.map(({ code, message }) => ['', plugin, `warns: ${code}: ${message}`]),
        ...(refusal === undefined ? [] : [['', plugin, `REFUSES: ${refusal.code}: ${refusal.message}`]]),
        ...(fault === undefined ? [] : [['', plugin, `IS AT FAULT: it ${fault}`]]),
      ]),
      ...(result === undefined ? [['', '', 'nothing would be declared']] : []),
      ...(outcome === undefined ? [] : [['', 'now', `would be ${outcome.status}`]]),
      ...(outcome?.problems ?? []).map(({ code, message }) => ['', '', `${code}: ${message}`]),
    ]),
    ['other commands', String(otherCommands)],
    ...(ofMessage === undefined ? [] : [['refused', ofMessage.code, ofMessage.message]]),
  ];
}

/** What of a command is not as it was: its fields and wishes one by one. */
function differences(before: object | undefined, after: object): string {
  const [was, is] = [flat(before), flat(after)];
  return [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .filter((name) => JSON.stringify(was[name]) !== JSON.stringify(is[name]))
    .map((name) => change(name, was[name], is[name]))
    .join('; ');
}

function flat(command: object = {}): Record<string, unknown> {
  const { fields, wishes, ...others } = command as Record<string, unknown>;
  return { ...others, ...(fields as object | undefined), ...(wishes as object | undefined) };
}

function change(field: string, before: unknown, after: unknown): string {
  const words = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));
  return before === undefined ? `${field} = ${words(after)}` : `${field}: ${words(before)} -> ${words(after)}`;
}
