import type { Sealer } from '../../domain/access.ts';
import type { ExchangeNotice } from '../../domain/bulk-exchange.ts';
import type { Principal } from '../../domain/message.ts';

/** The addresses of announced files are bound to their exchange: they open as no other's. */
export function fileContext(organizationId: number, sourceSystemId: number, transactionId: string): string {
  return `bulk exchange ${String(organizationId)} ${String(sourceSystemId)} ${transactionId}`;
}

/** The addresses that a notice announces, sealed: a password or a signature may stand in them. */
export function sealFiles(
  sealer: Sealer,
  { organizationId, sourceSystemId }: Principal,
  notice: ExchangeNotice,
): Buffer[] | undefined {
  if (notice.says !== 'announced') return undefined;
  const context = fileContext(organizationId, sourceSystemId, notice.transactionId);
  return notice.files.map(({ address }) => sealer.seal(Buffer.from(address), context));
}
