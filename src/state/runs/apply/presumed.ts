export interface Presumed {
  /** What a plan adds, and was not there when it was compared, is not looked for: nearly always nobody else has made it since, and an insert finds out. */
  readonly presumesNew: boolean;
}

/** A membership is another share's than was foreseen: links have changed since the stretch was looked for, or an item before it moves it. */
export class Misplaced extends Error {
  override readonly name = 'Misplaced';
}

/** What was taken to be nobody's business but its own was not: somebody else had made the row, or what came of it was not its alone. */
export class Meeting extends Error {
  override readonly name = 'Meeting';
}
