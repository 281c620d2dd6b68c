/** What the dialects of IMS (LIS, Enterprise Services) read and say alike. */
export { activeOf, courseStatus } from './active.ts';
export { collectionKind, membershipIdType } from './collection-kind.ts';
export { instantOf } from './dates.ts';
export { extensionAttributes, extensionFields } from './extension.ts';
export { imsxStatusHeader, isImsHeader, requestIdOf } from './imsx-header.ts';
export * from './operations/index.ts';
export { only } from './only.ts';
export { passwordNote } from './password.ts';
export { addParent, courseParent, departmentParent, relatedParents, semesterParent } from './parents.ts';
export { nameFieldOf, type NameField } from './name-parts.ts';
export { readRecord, type About, type Reading } from './reading.ts';
export {
  demanded,
  malformed,
  missing,
  overlooked,
  state,
  stateAttribute,
  stateOwnCode,
  type ImsRecord,
  type Step,
} from './record.ts';
export { onlyId, requiredSourcedId, sourcedIdOf, unpadded } from './sourced-id.ts';
export { described, statusOfOutcome, statusOfOutcomes, statusOfProblem, type ImsStatus } from './status.ts';
export { datesOf, orgUnitDates } from './time-frame.ts';
export { booleanOf, child, children, foldedWord, partNameOf, textOf, tokenOf, tokensOf, valueOf } from './values.ts';
