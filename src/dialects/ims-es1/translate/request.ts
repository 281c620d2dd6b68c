import type { Quirks } from '../../../domain/source-system.ts';
import type { StepsOf } from '../../../pipeline/plugins/index.ts';
import type { ElementView } from '../../../pipeline/ports.ts';

/** The body of a request, and the habits of its sender. */
export interface Asked {
  readonly body: ElementView;
  readonly quirks: Quirks;
  readonly stepsOf: StepsOf | undefined;
}
