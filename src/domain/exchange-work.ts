import type { ExchangeFilter, ExchangeState, ExchangeTold } from './bulk-exchange.ts';
import type { Problem } from './problem.ts';
import type { SourceSystemState } from './source-system.ts';

/** An exchange that is ours until the lease ends, unless it is renewed. */
export interface LeasedExchange {
  readonly organizationId: number;
  readonly id: string;
  readonly sourceSystemId: number;
  readonly transactionId: string;
  readonly owner: string;
  readonly state: ExchangeState;
  readonly sourceState: SourceSystemState;
  readonly filter: ExchangeFilter;
  readonly notice: 'cancel' | 'ignore' | null;
  readonly requestedBy: string | null;
  readonly cancelledBy: string | null;
  readonly announcedBy: string | null;
  readonly expiresAt: Date | null;
  readonly problem: Problem | null;
  readonly attempts: number;
  readonly files: readonly LeasedFile[];
}

export interface LeasedFile {
  readonly number: number;
  /** Undefined: it does not open with the gateway's key. */
  readonly address: string | undefined;
  /** For people. */
  readonly shown: string;
  readonly sizeBytes: number | null;
  readonly checkSum: string | null;
  readonly uploadId: string | null;
  readonly received: boolean;
  readonly runId: string | null;
}

/** What a step came to. Absent = as it is. */
export interface ExchangeStep {
  readonly state: ExchangeState;
  /** How long until it is looked at again. */
  readonly waitMs: number;
  readonly attempts?: number;
  readonly expiresAt?: Date;
  readonly problem?: Problem;
  readonly told?: ExchangeTold;
}

/** Where exchanges are worked on: whoever has the lease of one takes its next step. */
export interface ExchangeWork {
  /** Takes one that is due; of each source system the files of one exchange after those of the other. */
  claim(organizationId: number, owner: string): Promise<LeasedExchange | undefined>;
  /** False: somebody else has it, or it is to stop. */
  renew(exchange: LeasedExchange): Promise<boolean>;
  /** Notes what the step came to and lets go; if it is to stop by now, only lets go. */
  finish(exchange: LeasedExchange, step: ExchangeStep): Promise<void>;
  /** Lets go of it as it is. */
  release(exchange: LeasedExchange): Promise<void>;
  setFile(
    exchange: LeasedExchange,
    number: number,
    to: { readonly uploadId: string | null; readonly received: boolean; readonly runId?: string },
  ): Promise<void>;
  /** The runs of its files that have not ended. */
  openRuns(exchange: LeasedExchange): Promise<string[]>;
}
