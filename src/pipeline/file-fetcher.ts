import type { EndpointSecrets } from '../domain/endpoint.ts';
import type { FetchAddress, Validators } from '../domain/file-fetch.ts';
import type { Problem } from '../domain/problem.ts';

export type Fetched =
  | { readonly is: 'unchanged' }
  | { readonly is: 'fetched'; readonly validators: Validators }
  | { readonly is: 'failed'; readonly problem: Problem };

/** Fetches files from where source systems put them, under the rules for addresses of all outbound calls. */
export interface FileFetcher {
  /**
   * Fetches a file, unless it is the one that is known. What the other side is to blame for is a value.
   *
   * @param deliver takes the bytes; may be called again when an attempt broke off. What it throws is thrown.
   */
  fetch(
    from: FetchAddress,
    secrets: EndpointSecrets,
    known: Validators,
    limitBytes: number,
    deliver: (bytes: AsyncIterable<Buffer>) => Promise<void>,
  ): Promise<Fetched>;
}
