import type { Tree } from '../../../formats/wsdl/index.ts';

/** A language string. */
export function text(value: string): Tree;
export function text(value: string | undefined): Tree | undefined;
export function text(value: string | undefined): Tree | undefined {
  return value === undefined ? undefined : { language: 'en', textString: value };
}

/** Attributes as an extension; undefined without any, because an extension has at least one field. */
export function extension(
  vocabulary: string,
  fields: Readonly<Record<string, string>> | null | undefined,
): Tree | undefined {
  const entries = Object.entries(fields ?? {});
  if (entries.length === 0) return undefined;
  return {
    extensionNameVocabulary: vocabulary,
    extensionTypeVocabulary: vocabulary,
    extensionField: entries.map(([fieldName, fieldValue]) => ({ fieldName, fieldType: 'String', fieldValue })),
  };
}
