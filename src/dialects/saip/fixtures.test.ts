import { describeFixtures } from '../../../test/soap/describe-fixtures.ts';
import { saip } from './endpoints.ts';

describeFixtures('saip', saip('pms'));
