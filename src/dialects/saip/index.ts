/** PeopleSoft Campus Solutions SAIP: the ES/LIS 2.0 draft of 2007 over SOAP. */
export { findOperation as findSaipOperation, services as saipServices } from './contract/services.ts';
export { loadSaipEndpoints, saipPrefixes } from './endpoints.ts';
export { createSaipSnapshots } from './files.ts';
export { saipPoints, saipSteps } from './lists.ts';
export { translateStored as translateStoredSaip } from './translate/translate-stored.ts';
