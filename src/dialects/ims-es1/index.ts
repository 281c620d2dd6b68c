/** IMS Enterprise Services 1.0 over SOAP, as itslearning runs it. */
export { publishedSchemas as es1Schemas } from './contract/published.ts';
export { descriptions as es1Descriptions, services as es1Services } from './contract/services.ts';
export { es1Prefixes, loadEs1Endpoints } from './endpoints.ts';
export { es1Points, es1Steps } from './lists.ts';
export { translateStored as translateStoredEs1 } from './translate/translate.ts';
