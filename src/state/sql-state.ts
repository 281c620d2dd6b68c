/** What a failed transaction means for the messages in it (rule 3 of the heart). */
export type Failure =
  /** SQLSTATE 22, 23 and 54000 (too large for an index): one of the records is at fault; halves are tried to find it. */
  | 'record'
  /** 28, 40, 53, 55, 57, a server that is read-only for now, and connections lost before the commit: the same again may succeed. */
  | 'transient'
  /** Anything else: a defect. */
  | 'defect';

export function failureOf(error: unknown): Failure {
  const code = sqlStateOf(error);
  if (code === undefined) return isConnectionLoss(error) ? 'transient' : 'defect';
  if (/^(22|23|54000)/.test(code)) return 'record';
  return /^(08|28|40|53|55|57|25006|25P03)/.test(code) ? 'transient' : 'defect';
}

export function sqlStateOf(error: unknown): string | undefined {
  const code = isErrorLike(error) ? error.code : undefined;
  // EPIPE has five letters, too; every SQLSTATE has a digit.
  return typeof code === 'string' && /^(?=.*\d)[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** node-postgres reports a lost connection without a SQLSTATE. */
function isConnectionLoss(error: unknown): boolean {
  if (!isErrorLike(error)) return false;
  const code = String(error.code);
  return (
    ['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ENOENT', 'ETIMEDOUT'].includes(code) ||
    /connection terminated|connection ended|timeout exceeded when trying to connect|query read timeout|not queryable/i.test(
      error.message,
    )
  );
}

/** Known by its shape: an error of Node's own sockets is no instance of the Error of another realm. */
function isErrorLike(error: unknown): error is { message: string; code?: unknown } {
  return typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string';
}
