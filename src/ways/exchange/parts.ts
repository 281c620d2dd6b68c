import type { RunAdministration } from '../../domain/administration/index.ts';
import type { ExchangeStep, ExchangeWork, LeasedExchange } from '../../domain/exchange-work.ts';
import type { Log } from '../../log.ts';
import type { EndpointCalls, EndpointReference } from '../../pipeline/endpoint-calls.ts';
import type { Intake } from '../../pipeline/intake.ts';
import type { FileSettings } from '../../domain/file-settings.ts';

/** What working on exchanges needs of the gateway. */
export interface ExchangeParts {
  readonly work: ExchangeWork;
  readonly endpoints: Pick<EndpointCalls, 'callEndpoint' | 'downloadFrom'>;
  readonly intake: Pick<Intake, 'begin' | 'append' | 'finish' | 'abandon' | 'find'>;
  /** The first bytes of a file that is being fetched. */
  readonly readUpload: (organizationId: number, id: string, bytes: number) => AsyncIterable<Buffer>;
  readonly runs: Pick<RunAdministration, 'get' | 'problems' | 'cancel'>;
  /** How files of a source system are taken. */
  readonly settings: { get(organizationId: number, sourceSystemId: number): Promise<Pick<FileSettings, 'mode'>> };
  /** The most bytes of a file. */
  readonly limitBytes: number;
  readonly times: ExchangeTimes;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
}

export interface ExchangeTimes {
  /** Between two looks at the runs of an exchange. */
  readonly lookMs: number;
  /** After the first failure; twice as long after each further one, up to the longest. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** How long an announcement is waited for. */
  readonly patienceMs: number;
}

export const usualTimes: ExchangeTimes = {
  lookMs: 1_000,
  firstPauseMs: 30_000,
  longestPauseMs: 3_600_000,
  patienceMs: 7 * 86_400_000,
};

/** How often a file is fetched, or the SIS called, before it is given up: about half a day. */
export const mostAttempts = 18;

/** One step of an exchange. Throws GatewayError for what ends it, `busy` for what is tried again. */
export type Step = (parts: ExchangeParts, exchange: LeasedExchange, stopping: AbortSignal) => Promise<ExchangeStep>;

/** The next try of the same step. */
export function again({ times }: ExchangeParts, { state, attempts }: LeasedExchange): ExchangeStep {
  const waitMs = Math.min(times.firstPauseMs * 2 ** attempts, times.longestPauseMs);
  return { state, waitMs, attempts: attempts + 1 };
}

export function referenceOf(
  { organizationId, sourceSystemId, transactionId }: LeasedExchange,
  type: 'bulk' | 'bulk_file_download',
): EndpointReference {
  return { organizationId, sourceSystem: String(sourceSystemId), type, actor: `bulk exchange ${transactionId}` };
}
