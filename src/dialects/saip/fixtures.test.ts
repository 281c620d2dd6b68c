import { describeFixtures } from '../../../test/fixtures/describe-fixtures.ts';
import { saip } from './endpoints.ts';

describeFixtures('saip', saip('pms'));
