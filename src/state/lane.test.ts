import { describe, expect, test } from '@jest/globals';
import { awaitDeferred, defer, leaveLane, type Lane } from './lane.ts';

/** A lane whose connection answers as told, and what was sent on it. */
function laneOf(answer: (statement: string) => Promise<unknown> = () => Promise.resolve({ command: 'COMMIT' })) {
  const sent: string[] = [];
  const query = (statement: string | { name: string }) => {
    const name = typeof statement === 'string' ? statement : statement.name;
    sent.push(name);
    return answer(name);
  };
  const lane = { organizationId: 1, client: { query }, counter: { seq: 7 }, deferred: [], failure: {} };
  return { lane: lane as unknown as Lane, sent };
}

const soon = async (error: string): Promise<never> => {
  await new Promise((resolve) => setImmediate(resolve));
  throw new Error(error);
};

describe('statements whose answers are awaited later', () => {
  test('are awaited once, in the order in which they were sent', async () => {
    const { lane } = laneOf();
    const answered: number[] = [];
    const answers = [1, 2, 3].map((number) => () => void answered.push(number));
    for (const answer of answers) defer(lane, Promise.resolve().then(answer));
    await awaitDeferred(lane);
    expect([answered, lane.deferred]).toEqual([[1, 2, 3], []]);
  });

  test('tell what the first of them that failed threw, and leave no rejection unhandled', async () => {
    const { lane } = laneOf();
    defer(lane, Promise.resolve());
    defer(lane, soon('the first'));
    defer(lane, soon('only says that the transaction is aborted'));
    await expect(awaitDeferred(lane)).rejects.toThrow('the first');
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(lane.failure.cause).toEqual(new Error('the first'));
  });
});

describe('leaving the lane', () => {
  test('writes the counter and commits, and then awaits what was deferred', async () => {
    const { lane, sent } = laneOf();
    defer(lane, lane.client.query({ name: 'journal_write', text: '' }));
    await leaveLane(lane);
    expect(sent).toEqual(['journal_write', 'lane_counter', 'commit']);
  });

  test('commits nothing when a statement failed before it was sent: the transaction would be healthy without it', async () => {
    const { lane, sent } = laneOf();
    defer(lane, Promise.reject(new Error('the body could not be sealed')));
    let isSent = false;
    await expect(leaveLane(lane, () => (isSent = true))).rejects.toThrow('the body could not be sealed');
    expect([sent, isSent]).toEqual([['lane_counter'], false]);
  });

  test('throws what a statement threw that failed on the server: its commit was a rollback', async () => {
    const { lane, sent } = laneOf();
    defer(lane, soon('a value is too long'));
    let isSent = false;
    await expect(leaveLane(lane, () => (isSent = true))).rejects.toThrow('a value is too long');
    expect([sent.at(-1), isSent]).toEqual(['commit', true]);
  });
});
