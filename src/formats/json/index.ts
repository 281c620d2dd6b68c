export type { Defined } from './defined.ts';
export { describeOptions, type OptionText } from './describe-options.ts';
export { describeIssues, type Mistake } from './describe-issues.ts';
export { escapePointer, parseJson, type JsonLimits, type JsonValue } from './parse-json.ts';
export { instant } from './instant.ts';
