import { shownAddress } from '../../domain/bulk-exchange.ts';
import type { EndpointSecrets } from '../../domain/endpoint.ts';
import type { DueFetch, FetchWish, LastFetch, ScheduledFetch, Validators } from '../../domain/file-fetch.ts';
import { GatewayError } from '../../domain/problem.ts';
import type { SourceKey } from '../../domain/sftp.ts';
import type { WishedUpload } from '../../domain/upload.ts';
import type { Log } from '../../log.ts';
import type { FileFetcher } from '../../pipeline/file-fetcher.ts';
import type { Intake } from '../../pipeline/intake.ts';
import { plainFileName } from '../plain-file-name.ts';
import type { SettingsOf } from '../sftp/keeper.ts';
import { keepClaim } from './claim.ts';
import { nextOf } from './schedule.ts';

/** Where scheduled fetches are kept; `state/uploads` does it. */
export interface FetchKeeper {
  list(source: SourceKey): Promise<ScheduledFetch[]>;
  find(source: SourceKey, name: string): Promise<ScheduledFetch | undefined>;
  put(
    source: SourceKey,
    name: string,
    wish: FetchWish,
    by: { readonly actor: string; readonly nextAt: Date | null; readonly expected?: string | number },
  ): Promise<void>;
  remove(source: SourceKey, name: string): Promise<void>;
  hurry(source: SourceKey, name: string): Promise<void>;
  claim(organizationId: number): Promise<DueFetch | undefined>;
  renew(due: DueFetch): Promise<DueFetch | undefined>;
  finish(
    due: DueFetch,
    last: LastFetch,
    next: { readonly nextAt: Date | null; readonly validators?: Validators },
  ): Promise<void>;
}

export interface FetchesParts {
  readonly keeper: FetchKeeper;
  readonly fetcher: FileFetcher;
  readonly intake: Intake;
  readonly settings: SettingsOf;
  readonly limitBytes: number;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
  readonly now?: () => Date;
  readonly renewMs?: number;
}

/** Addresses that are fetched on schedule. All throw GatewayError. */
export interface Fetches extends Pick<FetchKeeper, 'list' | 'find' | 'remove' | 'hurry'> {
  put(
    source: SourceKey,
    name: string,
    wish: FetchWish,
    by: { readonly actor: string; readonly expected?: string | number },
  ): Promise<void>;
  /** Fetches one that is due; false when there is none. */
  fetchDue(organizationId: number, stopping?: AbortSignal): Promise<boolean>;
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
    list: (source) => keeper.list(source),
    find: (source, name) => keeper.find(source, name),
    remove: (source, name) => keeper.remove(source, name),
    hurry: (source, name) => keeper.hurry(source, name),
    async put(source, name, given, by) {
      const wish = { ...given, address: checkAddress(given), fileName: plainFileName(given.fileName) };
      const nextAt = nextOf(wish.schedule, wish.timeZone, now());
      await keeper.put(source, name, wish, { ...by, nextAt });
    },
    async fetchDue(organizationId, stopping) {
      const due = await keeper.claim(organizationId);
      if (due === undefined) return false;
      const claim = keepClaim(keeper, due, log, renewMs);
      const { validators, ...outcome } = await outcomeOf(
        due,
        AbortSignal.any([claim.lost, ...(stopping ? [stopping] : [])]),
      );
      const mine = await claim.end();
      if (mine === undefined) {
        log.warn({ fetch: due.name, organizationId }, 'a fetch was taken over, or removed, while it was under way');
        return true;
      }
      // What was given up for a stop is due for whoever comes next.
      const nextAt = stopping?.aborted === true ? now() : nextOf(due.schedule, due.timeZone, now());
      const last = { at: now().toISOString(), ...outcome };
      await keeper.finish(mine, last, { nextAt, ...(validators === undefined ? {} : { validators }) });
      const { result, problem } = outcome;
      const about = { fetch: due.name, organizationId, result, code: problem?.code, reason: problem?.message };
      if (problem === undefined) log.info(about, 'an address was fetched');
      else log.warn(about, 'an address could not be fetched');
      return true;
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

const longestAddress = 2_000;
const fingerprint = /^SHA256:[A-Za-z0-9+/]{43}$/;

/** The address in its normal spelling. Throws GatewayError `invalid_request`. */
function checkAddress({ address, authentication, hostKey }: FetchWish): string {
  const url = address.length > longestAddress ? null : URL.parse(address.trim());
  const unfit = (what: string, field = 'address'): GatewayError => new GatewayError('invalid_request', what, { field });
  if (url === null || !['https:', 'http:', 'sftp:'].includes(url.protocol) || url.hostname === '') {
    throw unfit(
      'The address is like https://sis.example.edu/export/night.zip or sftp://sis.example.edu/export/night.zip.',
    );
  }
  if (url.username !== '' || url.password !== '')
    throw unfit('Give user name and password as secrets, not in the address.');
  if (url.hash !== '') throw unfit('The address has a fragment (#...), which is never sent. Leave it out.');
  if (url.protocol !== 'sftp:') {
    if (hostKey !== undefined) throw unfit('A host key is of an sftp address.', 'hostKey');
    return url.href;
  }
  if (hostKey === undefined || !fingerprint.test(hostKey)) {
    throw unfit(
      'An sftp address needs the fingerprint of its host, SHA256:..., as "ssh-keyscan HOST | ssh-keygen -lf -" shows it.',
      'hostKey',
    );
  }
  if (authentication !== 'password' && authentication !== 'public-key') {
    throw unfit('The authentication of an sftp address is password or public-key.', 'authentication');
  }
  return url.href;
}
