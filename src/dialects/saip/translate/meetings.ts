import type { OrgUnitFields } from '../../../domain/entities.ts';
import { child, children, stateAttribute, valueOf, textOf, type Step } from '../../../formats/ims/index.ts';
import type { ElementView } from '../../../pipeline/ports.ts';
import { saysDeleted } from './mode.ts';

/** The meeting patterns of a section, `Monday 08:00-09:15; Wednesday 08:00-09:15`, and where it meets. Empty and deleted ones are passed over. */
export const meetings: Step<OrgUnitFields> = {
  name: 'meetings',
  attributesOnly: true,
  read(record, fields) {
    const patterns = children(record.object, 'sectionClass').filter((pattern) => !saysDeleted(pattern));
    const said = (each: (pattern: ElementView) => string | undefined): string | undefined =>
      [...new Set(patterns.map(each).filter((value) => value !== undefined))].join('; ') || undefined;
    stateAttribute(fields, 'meeting', said(meeting));
    stateAttribute(
      fields,
      'location',
      said((pattern) => valueOf(child(pattern, 'location'))),
    );
    stateAttribute(
      fields,
      'notes',
      said((pattern) => textOf(child(pattern, 'notes'))),
    );
  },
};

function meeting(pattern: ElementView): string | undefined {
  const times = [timeOf(pattern, 'startTime'), timeOf(pattern, 'finishTime')].filter((time) => time !== undefined);
  const words = [valueOf(child(pattern, 'day')), times.join('-')].filter((word) => word !== undefined && word !== '');
  return words.length === 0 ? undefined : words.join(' ');
}

/** `08:00:00.000000` in messages, `08.00.00.000000` in snapshots. */
function timeOf(pattern: ElementView, element: string): string | undefined {
  const value = valueOf(child(pattern, element));
  return value?.replace(/^(\d{2})[.:](\d{2})[.:]\d{2}.*$/, '$1:$2');
}
