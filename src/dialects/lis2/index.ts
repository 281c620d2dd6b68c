/** LIS 2.0 over SOAP: its endpoints are what the SOAP door serves. */
export { calledServices } from './contract/called.ts';
export { services } from './contract/services.ts';
export type { ServiceCode, ServiceContract } from './contract/service.ts';
export { writeSchema, writeWsdl } from './contract/description.ts';
export { lisEndpoints, lisPrefixes, type LisEndpoint } from './endpoints.ts';
export { createLis2Bulk } from './files.ts';
export { lisPoints, lisSteps, stepsOf } from './lists.ts';
export { loadWsdls } from './load-wsdls.ts';
export { lis2Record } from './record.ts';
export { lisRecordNames } from './translate/translate-record.ts';
export { translateEnvelope } from './translate/translate-envelope.ts';
