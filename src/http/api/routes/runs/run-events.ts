import type { RunView } from '../../../../domain/administration/index.ts';

/** A run as server-sent events (WHATWG HTML, 9.2); what has nothing new is a comment, so that no proxy takes the stream for dead. */
export async function* runEvents(views: AsyncIterable<RunView | undefined>): AsyncGenerator<string> {
  yield 'retry: 2000\n\n';
  for await (const view of views)
    yield view === undefined ? ': nothing new\n\n' : `event: run\ndata: ${JSON.stringify(view)}\n\n`;
  yield 'event: end\ndata: {}\n\n';
}
