import type { ServiceContract as Contract } from '../../../formats/wsdl/index.ts';

export type ServiceCode = 'pms' | 'gms' | 'mms' | 'cms';

/** One service of the ES/LIS 2.0 draft of 2007, as the Student Administration Integration Pack of PeopleSoft has it. */
export interface ServiceContract extends Contract {
  readonly code: ServiceCode;
}
