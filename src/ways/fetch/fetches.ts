import { shownAddress } from '../../domain/bulk-exchange.ts';
import type { EndpointSecrets } from '../../domain/endpoint.ts';
import type { DueFetch, FetchAdministration, FetchStore, LastFetch, Validators } from '../../domain/file-fetch.ts';
import type { FileSettingsStore } from '../../domain/file-settings.ts';
import { GatewayError } from '../../domain/problem.ts';
import type { WishedUpload } from '../../domain/upload.ts';
import type { Log } from '../../log.ts';
import type { FileFetcher } from '../../pipeline/file-fetcher.ts';
import type { Intake } from '../../pipeline/intake.ts';
import { keepClaim } from './claim.ts';
import { createFetchSettings } from './fetch-settings.ts';
import { nextOf } from './schedule.ts';

export interface FetchesParts {
  readonly keeper: FetchStore;
  readonly fetcher: FileFetcher;
  readonly intake: Intake;
  readonly settings: Pick<FileSettingsStore, 'get'>;
  readonly limitBytes: number;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
  readonly now?: () => Date;
  readonly renewMs?: number;
}

/** Addresses that are fetched on schedule. All throw GatewayError. */
export interface Fetches extends FetchAdministration {
  /** Takes one that is due. */
  takeDue(organizationId: number): Promise<DueFetch | undefined>;
  /** Fetches one that was taken. */
  fetch(due: DueFetch, stopping?: AbortSignal): Promise<void>;
}

export function createFetches(parts: FetchesParts): Fetches {
  const { keeper, fetcher, intake, settings, limitBytes, log, now = () => new Date(), renewMs } = parts;

  async function fetchNow(due: DueFetch, secrets: EndpointSecrets, stopping?: AbortSignal): Promise<Outcome> {
    const { organizationId, sourceSystemId, name, address } = due;
    const { mode, options } = await settings.get(organizationId, sourceSystemId);
    const requestedBy = `fetch ${name}`;
    const wish = { mode, options, reprocess: false, requestedBy };
    const delivery = {
      organizationId,
      sourceSystemId,
      name: due.fileName,
      way: 'url',
      receivedFrom: shownAddress(address),
      wish,
    } as const;
    let upload: WishedUpload | undefined;
    const fetched = await fetcher.fetch(due, secrets, due.validators, limitBytes, async (bytes) => {
      upload = await intake.receive(delivery, untilStopped(bytes, stopping));
    });
    if (fetched.is === 'failed') return { result: 'failed', problem: fetched.problem };
    if (fetched.is === 'unchanged' || upload === undefined) return { result: 'unchanged' };
    const result = upload.repeats === undefined ? 'received' : 'repeated';
    return { result, uploadId: upload.id, validators: fetched.validators };
  }

  async function outcomeOf(due: DueFetch, stopping?: AbortSignal): Promise<Outcome> {
    if (due.secrets === undefined) {
      const message = "The secrets of the address do not open with the gateway's key: give them anew.";
      return { result: 'failed', problem: { code: 'endpoint_secrets_closed', message } };
    }
    try {
      return await fetchNow(due, due.secrets, stopping);
    } catch (error) {
      if (error instanceof GatewayError) {
        const { code, message } = error;
        return { result: 'failed', problem: { code, message } };
      }
      log.error({ fetch: due.name, err: error }, 'a scheduled fetch failed');
      const message = 'The gateway made a mistake; the log has the details.';
      return { result: 'failed', problem: { code: 'internal_error', message } };
    }
  }

  return {
    ...createFetchSettings(keeper, now),
    takeDue: (organizationId) => keeper.claim(organizationId),
    async fetch(due, stopping) {
      const { organizationId } = due;
      const claim = keepClaim(keeper, due, log, renewMs);
      const { validators, ...outcome } = await outcomeOf(
        due,
        AbortSignal.any([claim.lost, ...(stopping ? [stopping] : [])]),
      );
      const mine = await claim.end();
      if (mine === undefined) {
        log.warn({ fetch: due.name, organizationId }, 'a fetch was taken over, or removed, while it was under way');
        return;
      }
      // What was given up for a stop is due for whoever comes next.
      const nextAt = stopping?.aborted === true ? now() : nextOf(due.schedule, due.timeZone, now());
      const last = { at: now().toISOString(), ...outcome };
      await keeper.finish(mine, last, { nextAt, ...(validators === undefined ? {} : { validators }) });
      const { result, problem } = outcome;
      const about = { fetch: due.name, organizationId, result, code: problem?.code, reason: problem?.message };
      if (problem === undefined) log.info(about, 'an address was fetched');
      else log.warn(about, 'an address could not be fetched');
    },
  };
}

async function* untilStopped(bytes: AsyncIterable<Buffer>, stopping?: AbortSignal): AsyncGenerator<Buffer> {
  for await (const chunk of bytes) {
    if (stopping?.aborted === true) throw new GatewayError('busy', 'The gateway stops; the file is fetched anew.');
    yield chunk;
  }
}

type Outcome = Omit<LastFetch, 'at'> & { readonly validators?: Validators };
