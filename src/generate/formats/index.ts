import type { FeedFormat } from '../feed.ts';
import { d2lVersions } from './d2l-csv/columns.ts';
import { d2lCsv } from './d2l-csv/index.ts';
import { imsEnterprise } from './ims-enterprise/index.ts';
import { lis2Bulk } from './lis2-bulk/index.ts';
import { saipSnapshot } from './saip-snapshot/index.ts';

export const formats: readonly FeedFormat[] = [...d2lVersions.map(d2lCsv), imsEnterprise, lis2Bulk, saipSnapshot];
