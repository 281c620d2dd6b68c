import type { ServiceContract as Contract } from '../../../formats/wsdl/index.ts';

export type ServiceCode = 'pms' | 'gms' | 'mms' | 'cms' | 'oms' | 'bdems';

/** One LIS 2.0 service. */
export interface ServiceContract extends Contract {
  readonly code: ServiceCode;
}
