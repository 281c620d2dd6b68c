/** What a fuzzing thread is told to do. */
export interface Job {
  readonly target: string;
  readonly seed: number;
  readonly forMs: number;
  /** When the current run began (8 bytes, ms), its length (8 bytes), and its bytes: to be read when the thread hangs. */
  readonly current: SharedArrayBuffer;
}

/** What it tells in the end. */
export interface Told {
  readonly line: string;
  readonly fault?: string;
}

export const inputSizeLimit = 8 * 1024 * 1024;
