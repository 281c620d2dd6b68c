/** What a fuzzing process is told to do. */
export interface Job {
  readonly target: string;
  readonly seed: number;
  readonly forMs: number;
  /** The file that holds the bytes that are being tried: they are what is left when the process dies. */
  readonly input: string;
}

/** What it tells in the end, as JSON. */
export interface Told {
  readonly line: string;
  readonly fault?: string;
}
