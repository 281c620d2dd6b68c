import { Presets, SingleBar } from 'cli-progress';

export type Progress = { step(count?: number): void; stop(): void };

/** A progress bar where somebody watches; nothing in a file or a pipe. A total of 0 shows none. */
export function startProgress(total: number, what = 'messages'): Progress {
  if (total === 0 || !process.stderr.isTTY) return { step: () => undefined, stop: () => undefined };
  const format = `  {bar} {value}/{total} ${what}, {eta_formatted} left`;
  const bar = new SingleBar({ format, stream: process.stderr, clearOnComplete: true }, Presets.shades_classic);
  bar.start(total, 0);
  return { step: (count = 1) => bar.increment(count), stop: () => bar.stop() };
}
