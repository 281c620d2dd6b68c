import type { Outcome } from '../../../domain/outcome.ts';
import type { ServiceContract } from '../contract/service.ts';
import { deletedBeside, described, type ImsStatus, statusOfOutcome } from '../../../formats/ims/index.ts';

/**
 * The one status of all outcomes of a request, as its operation says it; undefined when one of them can only be said as
 * a SOAP fault.
 */
export function statusOfAnswer(
  { service, operation }: { readonly service: ServiceContract; readonly operation: string },
  outcomes: readonly Outcome[],
): ImsStatus | undefined {
  const statuses = outcomes.map((outcome) => statusOfOutcome(outcome, service));
  if (!statuses.every((status) => status !== undefined)) return undefined;
  const status = together(outcomes, statuses);
  if (status?.codeMajor !== 'success') return status;
  const [{ found } = {}] = outcomes;
  if (found !== undefined) return statusOfFound(operation, found, status);
  const allocates = operation.startsWith('createByProxy') && status.codeMinor === 'fullsuccess';
  const hasWord = service.enumerations.imsx_CodeMinorValue?.includes('idalloc') === true;
  return allocates && hasWord ? { ...status, codeMinor: 'idalloc' } : status;
}

/** Of a set, what failed beside what did not is a warning; what failed altogether is a failure. */
function together(outcomes: readonly Outcome[], statuses: readonly ImsStatus[]): ImsStatus | undefined {
  // Of an operation without records nothing went wrong.
  if (outcomes.length === 0)
    return { codeMajor: 'success', severity: 'status', codeMinor: 'fullsuccess', description: '' };
  const worst = statuses.find(({ severity }) => severity !== 'status') ?? statuses[0];
  if (outcomes.length === 1 || worst === undefined) return worst;
  const problems = outcomes.flatMap((outcome) => outcome.problems);
  if (problems.length === 0) return worst;
  const description = described(problems);
  const failed = statuses.filter(({ codeMajor }) => codeMajor !== 'success');
  if (failed.length === statuses.length) return { ...worst, description };
  return { codeMajor: 'success', severity: 'warning', codeMinor: 'partialdatastorage', description };
}

/** Where there is nothing, lists say so; a discovery in vain is a warning, as Turnitin answers its clients. */
function statusOfFound(operation: string, found: NonNullable<Outcome['found']>, status: ImsStatus): ImsStatus {
  if (found.sourcedIds.length === 0) {
    const severity = operation.startsWith('discover') ? 'warning' : status.severity;
    return { ...status, severity, codeMinor: 'nosourcedids' };
  }
  return status.description === '' ? { ...status, description: deletedBeside(found) } : status;
}
