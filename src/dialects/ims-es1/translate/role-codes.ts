/** The role codes of IMS Enterprise and the words of later specifications, which an administrator maps. */
const words: ReadonlyMap<string, string> = new Map([
  ['01', 'Learner'],
  ['02', 'Instructor'],
  ['03', 'ContentDeveloper'],
  ['04', 'Member'],
  ['05', 'Manager'],
  ['06', 'Mentor'],
  ['07', 'Administrator'],
  ['08', 'TeachingAssistant'],
]);

/** `01` -> `Learner`; a word of its own stays as it is. */
export function roleWord(code: string): string {
  return words.get(code.padStart(2, '0')) ?? code;
}

/** `Learner` -> `01`, as senders of this dialect know it; a word without a code stays as it is. */
export function roleCode(word: string): string {
  return [...words].find(([, each]) => each === word)?.[0] ?? word;
}
