import type { Problem, ProblemCode } from '../domain/problem.ts';

/** How far a call came; the steps of a test of an endpoint, in their order. */
export const callSteps = ['address', 'name', 'allowed', 'connection', 'tls', 'authentication', 'http', 'soap'] as const;
export type CallStep = (typeof callSteps)[number];

/** Why one attempt did not succeed. Thrown inside this folder only: callers get it as a value. */
export class CallFailed extends Error {
  override readonly name = 'CallFailed';
  readonly step: CallStep;
  readonly problem: Problem;
  /** The same may succeed in a moment. */
  readonly passing: boolean;
  /** How long the other side asks to wait. */
  readonly retryAfterMs: number | undefined;

  constructor(
    step: CallStep,
    code: ProblemCode,
    message: string,
    options: { passing?: boolean; retryAfterMs?: number | undefined; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.step = step;
    this.problem = { code, message };
    this.passing = options.passing ?? false;
    this.retryAfterMs = options.retryAfterMs;
  }
}
