import fc from 'fast-check';
import { commandKey } from '../../src/domain/command.ts';
import { fold } from '../../src/domain/source-system.ts';
import { histories, type History, type Step, step } from './arbitraries.ts';

/** The same commands and edits in two orders, which agree on each key. */
export type Interleaving = History & { otherSteps: Step[] };

/** Calm histories in two orders, each cut into messages in its own way. */
export function interleavings(maxLength: number): fc.Arbitrary<Interleaving> {
  const choices = fc.array(fc.nat(1000), { minLength: maxLength, maxLength });
  const singles = fc.array(step('calm'), { minLength: 2, maxLength });
  return fc
    .tuple(histories('calm', 1), singles, choices, choices, choices)
    .map(([{ options }, steps, order, ...cuts]) => ({
      options,
      steps: cut(steps, cuts[0]),
      otherSteps: cut(reorder(steps, order), cuts[1]),
    }));
}

/** Takes the next step of one key after the other, as the choices say. */
function reorder(steps: Step[], choices: number[]): Step[] {
  const queues = new Map<string, Step[]>();
  for (const step of steps) queues.set(keyOf(step), [...(queues.get(keyOf(step)) ?? []), step]);
  return steps.map((_, at) => {
    const open = [...queues.values()].filter((queue) => queue.length > 0);
    return open[choices[at]! % open.length]!.shift()!;
  });
}

function keyOf(step: Step): string {
  if ('edit' in step) {
    const word = step.edit === 'type' ? step.sisType : step.edit === 'role' ? step.sisRole : '';
    return `${step.edit} ${'source' in step ? step.source : ''} ${fold(word)}`;
  }
  return `${step.source} ${commandKey(step.commands[0]!)}`;
}

/** Puts neighbours of one source system into one message, or not, as the choices say. */
function cut(steps: Step[], choices: number[]): Step[] {
  const messages: Step[] = [];
  steps.forEach((step, at) => {
    const last = messages.at(-1);
    const joins = last !== undefined && 'source' in last && choices[at]! % 3 > 0;
    if (joins && 'commands' in last && 'commands' in step && last.source === step.source) {
      messages[messages.length - 1] = { source: last.source, commands: [...last.commands, ...step.commands] };
    } else messages.push(step);
  });
  return messages;
}
