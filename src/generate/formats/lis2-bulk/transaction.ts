import { branch, leaf } from '../xml-text.ts';
import type { LisName } from './records.ts';

const services: Readonly<Record<LisName, string>> = {
  Person: 'PersonManagementService',
  Group: 'GroupManagementService',
  CourseTemplate: 'CourseManagementService',
  CourseOffering: 'CourseManagementService',
  CourseSection: 'CourseManagementService',
  SectionAssociation: 'CourseManagementService',
  Membership: 'MembershipManagementService',
};

/** One call of a service, as it stands in a bulk file. The record is absent in a delete. */
export function transaction(
  count: number,
  operation: string,
  { name, id }: { readonly name: LisName; readonly id: string },
  record?: string,
): string {
  const parameters = [parameter('sourcedId', 'GUID', leaf('guid', id))];
  if (record !== undefined) parameters.push(parameter(`${lowered(name)}Record`, `${name}Record`, record));
  return branch(
    'transactionRecord',
    leaf('transactionOpIdentifier', `op-${count}`),
    leaf('serviceName', services[name]),
    leaf('interfaceName', `${name}Manager`),
    leaf('operationName', `${operation}${name}`),
    branch('parameterSet', ...parameters),
  );
}

/** `personRecord`, with its id. */
export function recordElement({ name, id }: { readonly name: LisName; readonly id: string }, object: string): string {
  return branch(`${lowered(name)}Record`, branch('sourcedGUID', leaf('sourcedId', id)), object);
}

function parameter(name: string, type: string, value: string): string {
  return branch(
    'parameterRecord',
    leaf('parameterInvoc', 'In'),
    leaf('parameterName', name),
    leaf('parameterType', type),
    branch('parameterValue', value),
  );
}

function lowered(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
