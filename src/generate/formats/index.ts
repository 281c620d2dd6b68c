import type { FeedFormat } from '../feed.ts';
import { d2lCsv } from './d2l-csv/index.ts';
import { imsEnterprise } from './ims-enterprise/index.ts';
import { lis2Bulk } from './lis2-bulk/index.ts';

export const formats: readonly FeedFormat[] = [d2lCsv('2.0'), d2lCsv('3.0'), imsEnterprise, lis2Bulk];
