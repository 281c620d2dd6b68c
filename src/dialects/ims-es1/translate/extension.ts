import { extensionFields, stateAttribute, type ImsRecord } from '../../../formats/ims/index.ts';
import { GatewayError } from '../../../domain/problem.ts';
import { maxLengths } from './limits.ts';

/** Extension fields become attributes under their own names (`course`, `course/code`, `course/credits`). */
export const extensionStep = {
  name: 'extension fields',
  attributesOnly: true as const,
  read(record: ImsRecord, fields: { attributes?: Record<string, string> | null }): void {
    for (const { name, value } of extensionFields(record.object)) {
      if (value.length > maxLengths.fieldValue) {
        const message = `A value of an extension has at most ${maxLengths.fieldValue} characters: ${name} has ${value.length}.`;
        throw new GatewayError('value_too_long', message, { at: `${record.at}/extension` });
      }
      stateAttribute(fields, name, value);
    }
  },
};
