import { GatewayError } from '../domain/problem.ts';

export interface Turns {
  /** Does the work, unless too much is under way, of all or of this one. Throws GatewayError `busy`. */
  take<Result>(whose: string, work: () => Promise<Result>): Promise<Result>;
}

/** Bounds what is under way at once: `atOnce` in all, and a quarter of that for each. */
export function createTurns(atOnce: number): Turns {
  const under = new Map<string, number>();
  const forEach = Math.max(1, Math.ceil(atOnce / 4));
  let all = 0;
  return {
    async take(whose, work) {
      const own = under.get(whose) ?? 0;
      if (all >= atOnce || own >= forEach) throw tooMany(own >= forEach ? forEach : atOnce);
      under.set(whose, own + 1);
      all += 1;
      try {
        return await work();
      } finally {
        all -= 1;
        const left = (under.get(whose) ?? 1) - 1;
        if (left === 0) under.delete(whose);
        else under.set(whose, left);
      }
    },
  };
}

function tooMany(most: number): GatewayError {
  return new GatewayError('busy', `${String(most)} files are being received already: send this one a little later.`, {
    retryAfterS: 10,
  });
}
