import { describe, expect, it } from '@jest/globals';
import type { Outcome } from '../../../domain/outcome.ts';
import { services } from '../contract/services.ts';
import { statusOfAnswer } from './status-of-answer.ts';

const base = { entity: 'user', kind: 'person', verb: 'read', sourcedId: 'P' } as const;
const read: Outcome = { ...base, status: 'read', problems: [] };
const unknown: Outcome = {
  ...base,
  status: 'rejected',
  problems: [{ code: 'unknown_object', message: 'Nothing is known under this sourcedId.' }],
};
const broken: Outcome = { ...base, status: 'failed', problems: [{ code: 'internal_error', message: 'A mistake.' }] };
const said = (operation: string, outcomes: Outcome[], service = services.pms): string | undefined => {
  const status = statusOfAnswer({ service, operation }, outcomes);
  return status && `${status.codeMajor}/${status.severity}/${status.codeMinor}`;
};
const found = (sourcedIds: string[]): Outcome => ({ ...read, found: { sourcedIds, savePoint: '' } });

describe('the one status of several outcomes', () => {
  it('is that of all, or a warning where some failed', () => {
    expect(said('readPersons', [read, read])).toBe('success/status/fullsuccess');
    expect(said('readPersons', [read, unknown])).toBe('success/warning/partialdatastorage');
    expect(said('readPersons', [unknown, unknown])).toBe('failure/error/unknownobject');
  });

  it('names the first problems, and counts the others', () => {
    const status = statusOfAnswer(
      { service: services.pms, operation: 'readPersons' },
      Array.from({ length: 30 }, () => unknown),
    );
    expect(status?.description.match(/unknown_object/g)).toHaveLength(20);
    expect(status?.description).toMatch(/ And 10 more\.$/);
  });

  it('is left to a fault where one of them is', () => {
    expect(said('readPersons', [read, broken])).toBeUndefined();
  });
});

describe('the status of an operation', () => {
  it('that finds nothing says so; in vain discovered is a warning', () => {
    expect(said('readAllPersonIds', [found(['P'])])).toBe('success/status/fullsuccess');
    expect(said('readAllPersonIds', [found([])])).toBe('success/status/nosourcedids');
    expect(said('discoverPersonIds', [found([])])).toBe('success/warning/nosourcedids');
  });

  it('that gives an id says so, where the service has the word', () => {
    const created: Outcome = { ...read, verb: 'replace', status: 'created' };
    expect(said('createByProxyPerson', [created])).toBe('success/status/idalloc');
    expect(said('createByProxyResult', [created], services.oms)).toBe('success/status/fullsuccess');
    expect(said('createByProxyPerson', [unknown])).toBe('failure/error/unknownobject');
  });
});
