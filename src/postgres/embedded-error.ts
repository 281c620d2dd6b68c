/** Why the embedded Postgres cannot serve. The message says what to do; it is meant for the operator's terminal. */
export type EmbeddedPostgresErrorCode = 'binaries_unavailable' | 'data_in_use' | 'init_failed' | 'start_failed';

export class EmbeddedPostgresError extends Error {
  readonly code: EmbeddedPostgresErrorCode;

  constructor(code: EmbeddedPostgresErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EmbeddedPostgresError';
    this.code = code;
  }
}
