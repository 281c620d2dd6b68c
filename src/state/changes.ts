/** Why the projected state changed; kept with every Change. */
export interface Cause {
  readonly reason: 'message' | 'map' | 'option' | 'override' | 'reproject';
  readonly messageId?: string;
  readonly sourceSystemId?: number;
  /** Who, for what was done by hand: the label of an API token or a command line. */
  readonly actor?: string;
}
