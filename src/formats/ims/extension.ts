import { isSecretName } from '../../domain/secret-name.ts';
import { stateAttribute, type ImsRecord } from './record.ts';
import { child, children, textOf, valueOf } from './values.ts';
import type { ElementView } from '../../pipeline/ports.ts';

export interface ExtensionField {
  readonly name: string;
  readonly value: string;
}

/** The fields of an `extension`, in whatever order its vocabularies and lists stand; those without a name or a value, and secrets, are left out. */
export function extensionFields(holder: ElementView): ExtensionField[] {
  const found: ExtensionField[] = [];
  for (const extension of children(holder, 'extension')) {
    for (const field of children(extension, 'extensionField')) {
      const name = valueOf(child(field, 'fieldName'));
      const value = textOf(child(field, 'fieldValue'));
      if (name !== undefined && value !== undefined && !isSecretName(name)) found.push({ name, value });
    }
  }
  return found;
}

/** Extension fields become attributes under their own names. */
export const extensionAttributes = {
  name: 'extension fields',
  attributesOnly: true as const,
  read(record: ImsRecord, fields: { attributes?: Record<string, string> | null }): void {
    for (const { name, value } of extensionFields(record.object)) stateAttribute(fields, name, value);
  },
};
