import { describeFixtures } from '../../../test/soap/describe-fixtures.ts';
import { es1 } from './endpoints.ts';

describeFixtures(
  'ims-es1',
  es1('pms', undefined, () => new Date('2027-01-05T08:00:00Z')),
);
