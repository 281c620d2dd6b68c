import { children, stateAttribute, textOf, valueOf, type ImsRecord } from '../../../formats/ims/index.ts';
import { isSecretName } from '../../../domain/secret-name.ts';
import type { ElementView } from '../../../pipeline/ports.ts';

/** Extension fields in `extensionField`, or, in some snapshots, right inside the extension. */
function fieldsOf(holder: ElementView): { name: string; value: string }[] {
  return children(holder, 'extension')
    .flatMap((extension) => [extension, ...children(extension, 'extensionField')])
    .flatMap((field) => {
      const name = valueOf(children(field, 'fieldName')[0]);
      const value = textOf(children(field, 'fieldValue')[0]);
      return name === undefined || value === undefined ? [] : [{ name, value }];
    });
}

function isMode({ name }: { name: string }): boolean {
  return name.toLowerCase() === 'mode';
}

/** The extension field `Mode` of PeopleSoft is A (added), C (changed) or D (deleted): true for D. */
export function saysDeleted(holder: ElementView): boolean {
  return fieldsOf(holder).some((field) => isMode(field) && field.value.toUpperCase() === 'D');
}

export function saysMode(holder: ElementView): boolean {
  return fieldsOf(holder).some(isMode);
}

/** All other extension fields become attributes; secrets are left out. */
export function stateExtension(holder: ElementView, fields: { attributes?: Record<string, string> | null }): void {
  for (const field of fieldsOf(holder)) {
    if (!isMode(field) && !isSecretName(field.name)) stateAttribute(fields, field.name, field.value);
  }
}

/** The step for the extension of a record. */
export const extensionStep = {
  name: 'extension fields',
  attributesOnly: true as const,
  read(record: ImsRecord, fields: { attributes?: Record<string, string> | null }): void {
    stateExtension(record.object, fields);
  },
};
