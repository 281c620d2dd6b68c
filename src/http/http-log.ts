type Line = (fields: object, message: string) => void;

/** As much of a log as the doors need. `error` means that a person must act. */
export interface HttpLog {
  readonly debug: Line;
  readonly info: Line;
  readonly error: Line;
}
