import type { OperationContract } from '../../../formats/wsdl/index.ts';
import { answering, commonEnumerations, commonService, commonSimpleTypes, commonTypes } from './common.ts';
import { operation, types, usualOperations } from './notation.ts';
import type { ServiceContract } from './service.ts';

/** Course Management Service of the draft, with its four managers. */
export const cms: ServiceContract = {
  ...commonService,
  code: 'cms',
  name: 'CourseManagementService',
  namespace: 'http://www.imsglobal.org/services/es/cms2p0/xsd/imscms_v2p0',
  managers: [
    {
      name: 'CourseTemplateManager',
      operations: [
        ...usualOperations('CourseTemplate'),
        operation('readCourseOfferingIdsForCourseTemplate', 'sourcedId', 'sourcedIdSet?'),
      ],
    },
    {
      name: 'CourseOfferingManager',
      operations: [
        ...usualOperations('CourseOffering'),
        ...instanceOperations('CourseOffering'),
        operation('readAllActiveCourseOfferingIdsForAcademicSession', 'academicSession:Text', 'sourcedIdSet?'),
        operation('readCourseSectionIdsForCourseOffering', 'sourcedId', 'sourcedIdSet?'),
      ],
    },
    {
      name: 'CourseSectionManager',
      operations: [...usualOperations('CourseSection'), ...instanceOperations('CourseSection')],
    },
    {
      name: 'SectionAssociationManager',
      operations: [
        ...usualOperations('SectionAssociation'),
        operation('addCourseSectionId', 'sectionAssociationSourcedId courseSectionSourcedId'),
        operation('removeCourseSectionId', 'sectionAssociationSourcedId courseSectionSourcedId'),
      ],
    },
  ],
  types: {
    ...commonTypes,
    ...types({
      CourseTemplate:
        'sourcedId label:Text? title:Text? catalogDescription:Description? courseNumber:Text? status? defaultCredits:Text? parentTemplateId:GUID? org? listofTopics? listofPrerequisities? dataSource? recordInfo? extension?',
      ListofTopics: 'topic:Text*',
      ListofPrerequisities: 'prerequisite:Text*',
      CourseOffering:
        'sourcedId label:Text? title:Text? parentTemplateId:GUID? catalogDescription:Description? status? defaultCredits:Text? academicSession:Text? org? timeFrame? enrollControl? dataSource? recordInfo? extension?',
      CourseSection:
        'sourcedId label:Text? title:Text? parentOfferingId:GUID? catalogDescription:Description? status? defaultCredits:Text? category:Text? maxNumberofStudents:integer? org? timeFrame? enrollControl? sectionClass* dataSource? recordInfo? extension?',
      SectionClass:
        'day:string startTime:string finishTime:string location:string? notes:Text? numberofstudents:string? extension?',
      SectionAssociation:
        'sourcedId label:Text? title:Text? status? courseSectionIdList:ListofCourseSectionIds? dataSource? recordInfo? extension?',
      ListofCourseSectionIds: 'courseSectionId:GUID+',
      Description: 'shortDescription:string longDescription:string? fullDescription?',
      FullDescription: 'mediamode:string? contentRefType:string? mimeType:string? content:string?',
      Org: 'orgName:string? orgUnit:string? type:string? id:string?',
      TimeFrame: 'begin? end? adminPeriod:string?',
      EnrollControl: 'enrollAccept:boolean? enrollAllowed:boolean?',
    }),
  },
  enumerations: { ...commonEnumerations, Status: ['Active', 'Inactive'] },
  simpleTypes: commonSimpleTypes,
  elements: {
    enterprise:
      types({ Enterprise: 'courseTemplate* courseOffering* courseSection* sectionAssociation*' }).Enterprise ?? [],
  },
  documentation:
    `Course Management Service of the ES/LIS 2.0 draft of 2007 (PeopleSoft SAIP), as Passerelle serves it. ${answering} ` +
    'The meeting patterns of a section (sectionClass) are kept as the attribute meeting.',
};

/** What can be done with what is taught in a term. */
function instanceOperations(object: 'CourseOffering' | 'CourseSection'): OperationContract[] {
  return [
    operation(`update${object}Status`, 'sourcedId status'),
    operation(`create${object}From${object}`, 'sourcedId academicSession:Text newSourcedId'),
  ];
}
