import { describe, expect, test } from '@jest/globals';
import { createBoundedCache } from './bounded-cache.ts';

describe('a bounded cache', () => {
  test('forgets a value when its time is over, however often it was read', () => {
    let nowMs = 0;
    const cache = createBoundedCache<string>({ max: 2, ttlMs: 100, now: () => nowMs });
    cache.set('a', 'A');
    nowMs = 99;
    expect(cache.get('a')).toBe('A');
    nowMs = 100;
    expect(cache.get('a')).toBeUndefined();
    expect(cache.size).toBe(0);
  });

  test('the least recently used makes room', () => {
    const cache = createBoundedCache<number>({ max: 2, ttlMs: 100, now: () => 0 });
    cache.set('a', 1);
    cache.set('b', 2);
    cache.get('a');
    cache.set('c', 3);
    expect(['a', 'b', 'c'].map((key) => cache.get(key))).toEqual([1, undefined, 3]);
  });

  test('replacing a value takes no room', () => {
    const cache = createBoundedCache<number>({ max: 2, ttlMs: 100, now: () => 0 });
    cache.set('a', 1);
    cache.set('b', 2);
    cache.set('b', 3);
    expect([cache.get('a'), cache.get('b'), cache.size]).toEqual([1, 3, 2]);
  });
});
