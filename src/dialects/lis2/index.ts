/** LIS 2.0 over SOAP: what the door needs of it. */
export { writeSchema } from './contract/schema.ts';
export { services } from './contract/services.ts';
export { serviceCodes, type ServiceCode, type ServiceContract } from './contract/service.ts';
export { writeWsdl } from './contract/wsdl.ts';
export { isLisHeader, replyTo } from './reply/reply-to.ts';
export { statusOfOutcome, statusOfProblem, type LisStatus } from './reply/status.ts';
export { writeReply, type ReplyTo } from './reply/write-reply.ts';
export { translate } from './translate/translate.ts';
