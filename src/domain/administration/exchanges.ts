import type { ExchangeFilter, ExchangeState, ExchangeView } from '../bulk-exchange.ts';
import type { Editor, Page, PageRequest } from './page.ts';

/** Bulk data exchanges of LIS, as administrators see and steer them. */
export interface ExchangeAdministration {
  /**
   * Asks the SIS for data in bulk: it will announce files.
   *
   * @throws GatewayError `not_found` (source system), `no_endpoint`, `conflict` (one is open already), `source_system_disabled`
   */
  request(editor: Editor, sourceSystem: string, filter: ExchangeFilter): Promise<ExchangeView>;
  /** The latest first. */
  list(
    organizationId: number,
    filter: { sourceSystem?: string; state?: ExchangeState },
    page: PageRequest,
  ): Promise<Page<ExchangeView>>;
  /** Throws GatewayError `not_found`. */
  get(organizationId: number, id: string): Promise<ExchangeView>;
  /** Ends an exchange and its runs; what they have applied stays. The SIS is told. Throws `not_found`, `conflict` (it has ended). */
  cancel(editor: Editor, id: string): Promise<ExchangeView>;
}
