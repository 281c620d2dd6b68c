import type { LoadReport } from './load-process.ts';

const total = 200_000;
const step = 10_000;
/** Caches fill and code is compiled before this. */
const settledAfter = 60_000;

/** Sends 200,000 messages and watches what this process, which is the gateway's, keeps of them. */
export async function measureMemory(
  send: (count: number) => Promise<LoadReport>,
  print: (text: string) => void,
): Promise<object> {
  const samples: { sent: number; rssMb: number; heapMb: number }[] = [];
  for (let sent = step; sent <= total; sent += step) {
    const { perSecond } = await send(step);
    const { rss, heapUsed } = process.memoryUsage();
    const sample = { sent, rssMb: megabytes(rss), heapMb: megabytes(heapUsed) };
    samples.push(sample);
    print(`${sent} messages: ${sample.rssMb} MB resident, ${sample.heapMb} MB of heap, ${Math.round(perSecond)}/s`);
  }
  const settled = samples.filter(({ sent }) => sent > settledAfter);
  const slope = (key: 'rssMb' | 'heapMb'): number =>
    Math.round(100 * slopeOf(settled.map((sample) => [sample.sent / 100_000, sample[key]]))) / 100;
  return {
    messages: total,
    rssMb: samples.at(-1)?.rssMb,
    highestRssMb: Math.max(...samples.map(({ rssMb }) => rssMb)),
    rssMbPer100k: slope('rssMb'),
    heapMbPer100k: slope('heapMb'),
  };
}

/** Least squares. */
function slopeOf(points: readonly (readonly [number, number])[]): number {
  const mean = (at: 0 | 1): number => points.reduce((sum, point) => sum + point[at], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const above = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0);
  return above / points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1_048_576);
}
