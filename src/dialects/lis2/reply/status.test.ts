import { describe, expect, it } from '@jest/globals';
import type { Outcome, OutcomeStatus } from '../../../domain/outcome.ts';
import { problemCatalogue, type Problem, type ProblemCode } from '../../../domain/problem.ts';
import { faultTable } from '../../../formats/soap/fault-table.ts';
import { services } from '../contract/services.ts';
import { statusOfOutcome, statusOfProblem } from '../../../formats/ims/index.ts';

const codes = Object.keys(problemCatalogue) as ProblemCode[];
const problem = (code: ProblemCode): Problem => ({ code, message: `Something about ${code}.` });
const outcome = (status: OutcomeStatus, ...problems: Problem[]): Outcome => ({
  entity: 'enrollment',
  kind: 'membership',
  verb: 'replace',
  sourcedId: 'm',
  status,
  problems,
});
const said = (status: OutcomeStatus, ...of: ProblemCode[]): string | undefined => {
  const found = statusOfOutcome(outcome(status, ...of.map(problem)), services.mms);
  return found && `${found.codeMajor}/${found.severity}/${found.codeMinor}`;
};

describe('the status header', () => {
  it.each(['created', 'updated', 'unchanged', 'deleted', 'read'] as const)(
    'of what is %s is success / status / fullsuccess',
    (status) => {
      expect(said(status)).toBe('success/status/fullsuccess');
    },
  );

  it('of what waits or is held is a warning, with the reason', () => {
    expect(said('waiting', 'waiting_for_user')).toBe('success/warning/partialdatastorage');
    expect(said('held', 'held_for_approval')).toBe('success/warning/partialdatastorage');
    expect(said('waiting', 'unmapped_role')).toBe('success/warning/unknownvocab');
    expect(said('waiting', 'unmapped_type')).toBe('success/warning/unknownvocab');
    expect(said('waiting', 'waiting_for_user', 'unmapped_role')).toBe('success/warning/unknownvocab');
    expect(said('created', 'invalid_data')).toBe('success/warning/partialdatastorage');
    expect(
      statusOfOutcome(outcome('waiting', problem('waiting_for_user'), problem('unmapped_role')), services.mms)
        ?.description,
    ).toBe('Something about waiting_for_user. [waiting_for_user] Something about unmapped_role. [unmapped_role]');
  });

  it('of a delete of what is unknown is a warning, of a read a failure', () => {
    expect(said('unchanged', 'unknown_object')).toBe('success/warning/unknownobject');
    expect(said('deleted', 'unknown_object')).toBe('success/warning/unknownobject');
    expect(said('rejected', 'unknown_object')).toBe('failure/error/unknownobject');
  });

  it('of a refused record is a failure that names why', () => {
    expect(said('rejected', 'invalid_data')).toBe('failure/error/invaliddata');
    expect(said('rejected', 'incomplete_data')).toBe('failure/error/incompletedata');
    expect(said('rejected', 'unmapped_role')).toBe('failure/error/unknownvocab');
    expect(said('rejected', 'unauthorized_request')).toBe('failure/error/unauthorizedrequest');
  });

  it('spells an unsupported operation as the service does', () => {
    expect(statusOfProblem(problem('unsupported_operation'), services.pms)?.codeMinor).toBe('unsupportedLISIOperation');
    expect(statusOfProblem(problem('unknown_operation'), services.oms)).toMatchObject({
      codeMajor: 'unsupported',
      severity: 'status',
      codeMinor: 'unsupportedLISoperation',
    });
  });

  it.each(codes)('says %s in the words of the services, or leaves it to a fault', (code) => {
    for (const service of [services.pms, services.gms, services.mms, services.cms]) {
      const minors = [
        statusOfProblem(problem(code), service),
        statusOfOutcome(outcome('waiting', problem(code)), service),
      ];
      for (const status of minors.filter((each) => each !== undefined)) {
        expect(service.enumerations.imsx_CodeMinorValue).toContain(status.codeMinor);
      }
    }
    expect(faultTable[code]).toBeDefined();
  });

  it('of an outcome that only a fault can say is left to the fault', () => {
    expect(said('failed', 'internal_error')).toBeUndefined();
    expect(said('failed', 'busy')).toBeUndefined();
    expect(said('failed')).toBeUndefined();
  });
});
