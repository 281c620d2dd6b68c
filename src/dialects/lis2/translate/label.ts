import type { OrgUnitFields } from '../../../domain/entities.ts';
import { parseLabelPattern, takeLabelApart } from '../../../domain/label-pattern.ts';
import { child, type ImsRecord, stateAttribute, type Step, textOf } from '../../../formats/ims/index.ts';

/** The label, and what it is made of where the source system has a pattern for it. */
export const label: Step<OrgUnitFields> = {
  name: 'label',
  read(record, fields) {
    const value = textOf(child(record.object, 'label'));
    stateAttribute(fields, 'label', value);
    const pattern = parseLabelPattern(record.quirks.labelPattern ?? '');
    if (value === undefined || pattern === undefined) return;
    const parts = takeLabelApart(pattern, value);
    if (parts === undefined) noteStranger(record, value);
    for (const [name, part] of parts ?? []) {
      if (name === 'code') fields.code = part;
      else stateAttribute(fields, name, part);
    }
  },
};

/** The label itself is kept all the same. */
function noteStranger(record: ImsRecord, label: string): void {
  const at = `${record.at}/label`;
  const message = `The label is not written as the pattern of the source system says, and was not taken apart: ${at} is ${JSON.stringify(label.slice(0, 100))}.`;
  record.notes.push({ code: 'invalid_data', message, at });
}
