import { GatewayError } from '../../src/domain/problem.ts';
import type { Target } from './targets.ts';

/** What one message may take of the processor, whoever else wants it. */
const maxMs = 2_000;
/** A refusal is read by people. */
const maxMessageLength = 4_000;

/** How often each answer was given: that inputs are taken, too, shows that they reach what is behind the parser. */
const answers = new Map<string, number>();

export function tally(): string {
  const sorted = [...answers].sort(([, left], [, right]) => right - left);
  return sorted.map(([answer, count]) => `${answer} ${count}`).join(', ');
}

function count(answer: string): void {
  answers.set(answer, (answers.get(answer) ?? 0) + 1);
}

/** What is wrong with how the target took the bytes; undefined when it did well. */
export function faultOf(target: Target, bytes: Buffer): string | undefined {
  const first = judged(target, bytes);
  if (first.fault !== undefined || first.ms <= maxMs) return first.fault;
  // The collector works for all that this process has kept: what is slow is slow again.
  const ms = Math.min(first.ms, judged(target, bytes).ms);
  return ms > maxMs ? `it took ${Math.round(ms)} ms` : undefined;
}

function judged(target: Target, bytes: Buffer): { fault: string | undefined; ms: number } {
  const before = process.cpuUsage();
  const fault = outcomeFault(target, bytes);
  const { user, system } = process.cpuUsage(before);
  return { fault, ms: (user + system) / 1_000 };
}

function outcomeFault(target: Target, bytes: Buffer): string | undefined {
  try {
    const commands = target.run(bytes);
    count('taken');
    if (commands === undefined) return undefined;
    if (commands.some(({ sourcedId }) => typeof sourcedId !== 'string')) return 'a command has no sourcedId';
    // Postgres takes neither U+0000 nor half a surrogate pair (rule 3); JSON writes both as escapes.
    if (/\\u0000|\\ud[89a-f][0-9a-f]{2}/.test(JSON.stringify(commands))) return 'a command holds what cannot be stored';
    return undefined;
  } catch (error) {
    if (!(error instanceof GatewayError))
      return `it threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
    count(error.code);
    return error.message.length > maxMessageLength ? `its refusal has ${error.message.length} characters` : undefined;
  }
}
