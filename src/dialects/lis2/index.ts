/** LIS 2.0 over SOAP: its endpoints are what the SOAP door serves. */
export { writeSchema } from './contract/schema.ts';
export { services } from './contract/services.ts';
export type { ServiceCode, ServiceContract } from './contract/service.ts';
export { writeWsdl } from './contract/wsdl.ts';
export { lisEndpoints, lisPrefixes, type LisEndpoint } from './endpoints.ts';
export { lisPoints, lisSteps, stepsOf } from './lists.ts';
export { loadWsdls, type Wsdl } from './load-wsdls.ts';
export { translateEnvelope } from './translate/translate-envelope.ts';
