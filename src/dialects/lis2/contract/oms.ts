import { commonCodeMinors, commonEnumerations, commonSimpleTypes, commonTypes } from './common.ts';
import { operation, types, unsupported, usualOperations } from './notation.ts';
import type { ServiceContract } from './service.ts';

/** Outcomes Management Service 1.0: known, not offered. */
export const oms: ServiceContract = {
  code: 'oms',
  name: 'OutcomesManagementService',
  namespace: 'http://www.imsglobal.org/services/lis/oms1p0/wsdl11/sync/imsoms_v1p0',
  soapAction: 'http://www.imsglobal.org/soap/lis/oms1p0/',
  managers: [
    {
      name: 'LineItemManager',
      operations: unsupported([
        ...usualOperations('LineItem').map((each) =>
          // The ids of the results that went with it.
          each.name === 'deleteLineItem' ? operation('deleteLineItem', 'sourcedId', 'resultIdSet?') : each,
        ),
        operation('readLineItemIdsForPerson', 'personSourcedId', 'sourcedIdSet?'),
        operation('readLineItemIdsForCourseOffering', 'offeringSourcedId', 'sourcedIdSet?'),
        operation('readLineItemIdsForCourseSection', 'sectionSourcedId', 'sourcedIdSet?'),
        operation('readLineItemIdsWithLineItemType', 'lineItemType', 'sourcedIdSet?'),
      ]),
    },
    {
      name: 'ResultManager',
      operations: unsupported([
        ...usualOperations('Result'),
        operation('readResultIdsForPerson', 'personSourcedId', 'sourcedIdSet?'),
        // With a small d, in this request only.
        operation('readResultIdsForLineItem', 'lineItemSourcedid', 'sourcedIdSet?'),
        operation('readResultIdsForCourseOffering', 'courseOfferingSourcedId', 'sourcedIdSet?'),
        operation('readResultIdsForCourseSection', 'courseSectionSourcedId', 'sourcedIdSet?'),
        operation('readResultIdsForCourseSectionWithStatus', 'courseSectionSourcedId resultStatus', 'sourcedIdSet?'),
        // The draft has the out-parameter sourcedIdSet in the request: it may stand in either.
        operation(
          'readResultIdsForLineItemsWithLineItemType',
          'contextSourcedId lineItemType resultStatus sourcedIdSet?',
          'sourcedIdSet?',
        ),
      ]),
    },
    {
      name: 'ResultValueManager',
      operations: unsupported([
        // Written in the plural, read in the singular.
        ...usualOperations('ResultValue', { written: 'resultValuesRecord:ResultValueRecord' }),
        operation('readResultValueIdForLineItem', 'lineItemSourcedId', 'resultValueSourcedId?'),
        operation('readResultValueIdForResult', 'resultSourcedId', 'resultValueSourceId:GUID?'),
      ]),
    },
  ],
  types: {
    ...commonTypes,
    ...types({
      LineItemRecord: 'sourcedGUID lineItem',
      LineItemRecordSet: 'lineItemRecord*',
      LineItem:
        'context? lineItemType? label:normalizedString? resultValueSourcedId? resultValue? lineItemSettings:PropertySet? outcomesHandlerSourcedId:anyURI? dataSource? recordInfo? extension?',
      Context: 'contextIdentifier:GUID contextType:anyURI',
      LineItemType:
        'lineItemTypeVocabulary:anyURI lineItemTypeValue:Text resourceHandlerId:anyURI? localeKey:normalizedString? defaultDisplayName:normalizedString?',
      ResultRecord: 'sourcedGUID result',
      ResultRecordSet: 'resultRecord*',
      Result:
        'statusofResult:ResultStatus? lineItemSourcedId personSourcedId? date:dateTime? resultValueSourcedId? resultValue? resultScore:Text? resultMessageSettings:PropertySet? dataSource? recordInfo? extension?',
      ResultStatus:
        'resultStatusVocabulary:anyURI resultStatusValue:Text localeKey:normalizedString? defaultDisplayName:normalizedString?',
      ResultValueRecord: 'sourcedGUID resultValue',
      ResultValueRecordSet: 'resultValueRecord*',
      ResultValue: 'label:normalizedString? valueList? valueRange? dataSource? recordInfo? extension?',
      ValueList: 'orderValue:OrderedValue+',
      OrderedValue: 'ordinal:integer grade:Text? valueRange?',
      ValueRange: 'min:decimal? max:decimal?',
      PropertySet: '',
      Metadata: 'metadataNameVocabulary:anyURI metadataValueVocabulary:anyURI metadataField:ExtensionField+',
    }),
  },
  enumerations: {
    ...commonEnumerations,
    imsx_CodeMinorValue: [...commonCodeMinors, 'idallocfail', 'unknownextension', 'unsupportedLISoperation'],
  },
  simpleTypes: commonSimpleTypes,
  unsupportedOperation: 'unsupportedLISoperation',
  documentation:
    'Outcomes Management Service of LIS 2.0. Passerelle does not offer it yet: every operation is answered unsupported / status, and nothing is kept. ' +
    'The operations and elements are those of the 2010 draft, so that a client can be generated now.',
};
