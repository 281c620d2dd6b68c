import { describe, expect, it } from '@jest/globals';
import { maxSourcedIdLength, syntheticEnrollmentId } from './synthetic-enrollment-id.ts';

describe('the synthetic id of an enrollment without one', () => {
  it('is the same for the same pair and can be read', () => {
    expect(syntheticEnrollmentId('p 1', { kind: 'section', sourcedId: 'A/1' })).toBe('synthetic:p%201/section/A%2F1');
    expect(syntheticEnrollmentId('p', { kind: null, sourcedId: 'A' })).toBe('synthetic:p/any/A');
  });

  it('tells pairs apart whose ids only look alike when joined', () => {
    const first = syntheticEnrollmentId('a/any/b', { kind: null, sourcedId: 'c' });
    expect(syntheticEnrollmentId('a', { kind: null, sourcedId: 'b/any/c' })).not.toBe(first);
  });

  it('never grows past the limit of a sourcedId', () => {
    const long = 'é'.repeat(1000);
    const id = syntheticEnrollmentId(long, { kind: null, sourcedId: 'c' });
    expect(id.length).toBeLessThanOrEqual(maxSourcedIdLength);
    expect(syntheticEnrollmentId(long, { kind: null, sourcedId: 'd' })).not.toBe(id);
  });
});
