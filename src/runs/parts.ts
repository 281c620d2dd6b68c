import type { Sealer } from '../domain/access.ts';
import type { FileDialect } from '../pipeline/file-ports.ts';
import type { Handle } from '../pipeline/handling.ts';
import type { SourceSystem } from '../pipeline/ports.ts';
import type { Helpers } from '../state/runs/apply/apply-range.ts';
import type { RunDatabase } from '../state/runs/lease.ts';
import type { Statistics } from '../state/statistics.ts';
import type { UploadStore } from '../domain/upload-stores.ts';

/** What runs are made with. */
export interface RunParts {
  readonly pool: RunDatabase;
  /** Without them a run is applied on one connection. */
  readonly helpers?: Helpers | undefined;
  readonly uploads: Pick<UploadStore, 'find' | 'reader'>;
  readonly sealer: Sealer;
  /** Asked in this order whose files these are. */
  readonly dialects: readonly FileDialect[];
  /** The step of the pipeline that messages go through as well. */
  readonly handle: Handle;
  readonly sourceSystem: (organizationId: number, id: number) => Promise<SourceSystem | undefined>;
  readonly statistics: Statistics;
  /** What blackouts and grace periods are measured by. */
  readonly now: () => Date;
  readonly log: RunLog;
}

export type RunLog = Record<'debug' | 'info' | 'warn' | 'error', (fields: object, message: string) => void>;
