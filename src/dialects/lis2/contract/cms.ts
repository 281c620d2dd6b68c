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

const offered = { offered: true };

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
        ...usualOperations('CourseTemplate', offered),
        operation('readCourseOfferingIdsForCourseTemplate', 'sourcedId', 'sourcedIdSet?'),
      ],
    },
    {
      name: 'CourseOfferingManager',
      operations: [
        ...usualOperations('CourseOffering', offered),
        operation('createCourseOfferingFromCourseOffering', 'sourcedId academicSession:Text newSourcedId'),
        operation('readAllActiveCourseOfferingIdsForAcademicSession', 'academicSession:Text', 'sourcedIdSet?'),
        operation('readCourseSectionIdsForCourseOffering', 'sourcedId', 'sourcedIdSet?'),
        operation('updateCourseOfferingStatus', 'sourcedId status:normalizedString'),
      ],
    },
    {
      name: 'CourseSectionManager',
      operations: [
        ...usualOperations('CourseSection', offered),
        operation('createCourseSectionFromCourseSection', 'sourcedId academicSession:Text newSourcedId'),
        operation('updateCourseSectionStatus', 'sourcedId status:normalizedString'),
      ],
    },
    {
      name: 'SectionAssociationManager',
      operations: [
        ...usualOperations('SectionAssociation', offered),
        operation('addCourseSectionId', 'sectionAssociationSourcedId courseSectionSourcedId'),
        operation('removeCourseSectionId', 'sectionAssociationSourcedId courseSectionSourcedId'),
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
