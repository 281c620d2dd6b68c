/** Operations that LIS 2.0 and its drafts have alike, as the commands that they wish. */
export { courseOperations } from './course-operations.ts';
export { deletedBeside } from './deleted-beside.ts';
export { groupOperations } from './group-operations.ts';
export { listOf, listsOf, relationLists } from './lists.ts';
export { readsOfSet, setIn } from './reads-of-set.ts';
export { commandAbout, idIn, targets, type ImsRequest, type Meaning } from './request.ts';
export { savePointText } from './save-point.ts';
