import {
  answering,
  commonCodeMinors,
  commonEnumerations,
  commonSimpleTypes,
  commonTypes,
  descriptionTypes,
  mediaEnumerations,
  organizationTypes,
} from './common.ts';
import { operation, types, usualOperations } from './notation.ts';
import type { ServiceContract } from './service.ts';

/** Course Management Service 1.0, with its four managers. Unlike the others it has a `v` in its namespace. */
export const cms: ServiceContract = {
  code: 'cms',
  name: 'CourseManagementService',
  namespace: 'http://www.imsglobal.org/services/lis/cmsv1p0/wsdl11/sync/imscms_v1p0',
  soapAction: 'http://www.imsglobal.org/soap/lis/cmsv1p0/',
  managers: [
    {
      name: 'CourseTemplateManager',
      operations: [
        ...usualOperations('CourseTemplate'),
        operation(
          'readCourseOfferingIdsForCourseTemplate',
          'sourcedId',
          'sourcedIdSet?',
          'The offerings whose parentTemplateId it is.',
        ),
      ],
    },
    {
      name: 'CourseOfferingManager',
      operations: [
        ...usualOperations('CourseOffering'),
        operation(
          'createCourseOfferingFromCourseOffering',
          'sourcedId academicSession:Text newSourcedId',
          '',
          'The new offering has what the old one has, in another term: but its dates and its status.',
        ),
        operation(
          'readAllActiveCourseOfferingIdsForAcademicSession',
          'academicSession:Text',
          'sourcedIdSet?',
          'The offerings of a term that are not inactive.',
        ),
        operation(
          'readCourseSectionIdsForCourseOffering',
          'sourcedId',
          'sourcedIdSet?',
          'The sections whose parentOfferingId it is.',
        ),
        operation('updateCourseOfferingStatus', 'sourcedId status:normalizedString', '', 'Active or Inactive.'),
      ],
    },
    {
      name: 'CourseSectionManager',
      operations: [
        ...usualOperations('CourseSection'),
        operation(
          'createCourseSectionFromCourseSection',
          'sourcedId academicSession:Text newSourcedId',
          '',
          'The new section has what the old one has, in another term: but its dates, its status and its offering, which is to be named.',
        ),
        operation('updateCourseSectionStatus', 'sourcedId status:normalizedString', '', 'Active or Inactive.'),
      ],
    },
    {
      name: 'SectionAssociationManager',
      operations: [
        ...usualOperations('SectionAssociation'),
        operation(
          'addCourseSectionId',
          'sectionAssociationSourcedId courseSectionSourcedId',
          '',
          'The section joins the association.',
        ),
        operation(
          'removeCourseSectionId',
          'sectionAssociationSourcedId courseSectionSourcedId',
          '',
          'The section leaves the association.',
        ),
      ],
    },
  ],
  types: {
    ...commonTypes,
    ...descriptionTypes,
    ...organizationTypes,
    ...types({
      CourseTemplateRecord: 'sourcedGUID courseTemplate',
      CourseTemplateRecordSet: 'courseTemplateRecord*',
      CourseTemplate:
        'label:Text? title:Text? catalogDescription:Description? courseNumber:Text? status:normalizedString? defaultCredits:Text? org? listofTopics? listofPrerequisites? dataSource? recordInfo? extension?',
      ListofTopics: 'topic:Text+',
      ListofPrerequisites: 'prerequisite:Text+',
      CourseOfferingRecord: 'sourcedGUID courseOffering',
      CourseOfferingRecordSet: 'courseOfferingRecord*',
      CourseOffering:
        'label:Text? title:Text? parentTemplateId:GUID? catalogDescription:Description? status:normalizedString? defaultCredits:Text? academicSession:Text? org? timeFrame* enrollControl? dataSource? recordInfo? extension?',
      CourseSectionRecord: 'sourcedGUID courseSection',
      CourseSectionRecordSet: 'courseSectionRecord*',
      // academicSession came with the final version.
      CourseSection:
        'label:Text? title:Text? academicSession:Text? parentOfferingId:GUID? catalogDescription:Description? status:normalizedString? defaultCredits:Text? category:Text? maxNumberofStudents:integer? numberofStudents:integer? org? timeFrame* enrollControl? location:Text? notes:Text? meeting:Text? dataSource? recordInfo? extension?',
      SectionAssociationRecord: 'sourcedGUID sectionAssociation',
      SectionAssociationRecordSet: 'sectionAssociationRecord*',
      SectionAssociation:
        'label:Text? title:Text? status:normalizedString? courseSectionIdList:ListofCourseSectionIds? dataSource? recordInfo? extension?',
      ListofCourseSectionIds: 'courseSectionId:GUID+',
      TimeFrame: 'begin:dateTime? end:dateTime? restrict:boolean? adminPeriod:normalizedString?',
    }),
  },
  enumerations: {
    ...commonEnumerations,
    ...mediaEnumerations,
    imsx_CodeMinorValue: [
      ...commonCodeMinors,
      'idalloc',
      'unknownvocab',
      'unknownextension',
      'unsupportedLISoperation',
    ],
  },
  simpleTypes: commonSimpleTypes,
  unsupportedOperation: 'unsupportedLISoperation',
  documentation: `Course Management Service of LIS 2.0, as Passerelle serves it: templates, offerings, sections and section associations. ${answering}`,
};
