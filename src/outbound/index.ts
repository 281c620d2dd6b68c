/** Calls to endpoints of source systems. */
export { createOutboundCaller } from './caller.ts';
export type { OutboundCallerOptions } from './calling.ts';
export type { Clock } from './clock.ts';
export { createFileFetcher } from './fetch-file.ts';
export { createWebhookPoster } from './post-webhook.ts';
export { createMailSender, type MailServer, mailTlsOf } from './send-mail.ts';
export { createEgress, type Egress, type EgressOptions } from './egress.ts';
export type { OutboundContract, OutboundContracts } from './soap-request.ts';
