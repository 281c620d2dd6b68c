import { bdems } from './bdems.ts';
import { operation } from './notation.ts';
import { oms } from './oms.ts';
import type { ServiceContract } from './service.ts';

/*
 * What the gateway calls at the SIS, as IPSIS does: contracts that a SIS may generate its side from. They are the services
 * that we publish, as far as a SIS answers them.
 */

/** Only of what the SIS announces. */
const announced: readonly string[] = ['BulkBlockManifest', 'BulkBlockDataFile', 'FailureReport', 'SupportedServices'];

const calledBdems: ServiceContract = {
  ...bdems,
  managers: [
    {
      name: 'BulkDataExchangeManager',
      operations: [
        operation(
          'requestBulkDataExchange',
          'transactionId:GUID filter:FilterObject',
          '',
          'Asks for data in bulk. The SIS makes the files ready, then calls announceBulkDataExchange under the same transactionId.',
        ),
        operation(
          'reportBulkDataExchange',
          'transactionId:GUID bulkBlockReport',
          '',
          'Tells what became of the files that were announced.',
        ),
        operation(
          'cancelBulkDataExchange',
          'transactionId:GUID',
          '',
          'Takes a request back for which no files were announced yet.',
        ),
        operation('ignoreBulkDataExchange', 'transactionId:GUID', '', 'Says that what was announced is not taken.'),
      ],
    },
  ],
  types: Object.fromEntries(Object.entries(bdems.types).filter(([name]) => !announced.includes(name))),
  documentation:
    'The Bulk Data Exchange Management Service of LIS 2.0 as Passerelle calls it at a SIS. ' +
    'This description is our inference: no WSDL of this service was available, and the order of elements inside the reports and the filter is a guess.',
};

const calledOms: ServiceContract = {
  ...oms,
  managers: [
    {
      name: 'LineItemManager',
      operations: [
        operation(
          'replaceLineItem',
          'sourcedId lineItemRecord',
          '',
          'States what is graded in a course section, and creates it if it is not there.',
        ),
      ],
    },
    {
      name: 'ResultManager',
      operations: [
        operation('replaceResult', 'sourcedId resultRecord', '', 'States one grade.'),
        operation(
          'replaceResults',
          'resultRecordSet',
          '',
          'States grades of a line item. The 2010 draft has only replaceResult: this one is our inference from what Brightspace sends.',
        ),
      ],
    },
  ],
  documentation: 'The Outcomes Management Service of LIS 2.0 as Passerelle calls it at a SIS: grades that go back.',
};

export const calledServices = { bdems: calledBdems, oms: calledOms } as const satisfies Record<string, ServiceContract>;
