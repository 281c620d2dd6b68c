import type { IncomingMessage, ServerResponse } from 'node:http';

/** Requests whose body may take as long as it keeps coming: files. */
const patient = new WeakSet<IncomingMessage>();

/** Called once it is known who sends. A connection on which nothing moves is closed all the same. */
export function bePatientWith(request: IncomingMessage): void {
  patient.add(request);
}

/** Answers 408 and closes the connection of a request that has not arrived whole in time, unless it is a file. */
export function hurry(request: IncomingMessage, response: ServerResponse, timeoutMs: number): void {
  const timer = setTimeout(() => {
    if (request.complete || patient.has(request)) return;
    const { socket } = request;
    if (response.headersSent) socket.destroy();
    else socket.end('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n', () => socket.destroy());
  }, timeoutMs);
  timer.unref();
  request.once('end', () => clearTimeout(timer));
  request.once('close', () => clearTimeout(timer));
}
