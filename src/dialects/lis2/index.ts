/** LIS 2.0 over SOAP: what the door needs of it. */
export { services } from './contract/services.ts';
export type { ServiceCode, ServiceContract } from './contract/service.ts';
export { isLisHeader, replyTo } from './reply/reply-to.ts';
export { statusOfOutcome, statusOfProblem, type LisStatus } from './reply/status.ts';
export { writeReply, type ReplyTo } from './reply/write-reply.ts';
export { translate } from './translate/translate.ts';
