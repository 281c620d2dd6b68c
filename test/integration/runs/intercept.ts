import pg from 'pg';

type Query = (this: pg.Client, ...given: unknown[]) => unknown;
const prototype = pg.Client.prototype as { query: Query };
const { query } = prototype;

/** Sees every statement before it is sent. */
export function intercept(
  see: (client: pg.Client, statement: { name: string; text: string }, send: () => unknown) => unknown,
): void {
  prototype.query = function (...given) {
    const [first] = given;
    const { name = '', text = '' } = (typeof first === 'string' ? { text: first } : first) as {
      name?: string;
      text?: string;
    };
    return see(this, { name, text }, () => query.apply(this, given));
  };
}

export function leaveAlone(): void {
  prototype.query = query;
}
