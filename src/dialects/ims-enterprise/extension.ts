import type { ElementView } from '../../pipeline/ports.ts';
import { stateAttribute } from './record.ts';
import { children, textOf } from './values.ts';

/**
 * Everything in an `extension` becomes attributes, named by its path in there: `deliverysystem`,
 * `events/recurringevent[2]/location`, `@status`. The wrappers of Luminis (`luminisperson`, `luminisgroup`, `luminisrole`)
 * are not part of the path.
 */
export const extensionAttributes = {
  name: 'extension',
  read({ element }: { element: ElementView }, fields: { attributes?: Record<string, string> | null }): void {
    for (const extension of children(element, 'extension')) flatten(extension, '', fields);
  },
};

function flatten(holder: ElementView, path: string, fields: { attributes?: Record<string, string> | null }): void {
  for (const [name, value] of Object.entries(holder.attributes))
    stateAttribute(fields, `${path}@${name}`, filled(value));
  const counts = Map.groupBy(holder.children, ({ name }) => name);
  for (const [name, siblings] of counts) {
    siblings.forEach((each, index) => {
      const step = siblings.length === 1 ? name : `${name}[${index + 1}]`;
      const own = path === '' && /^luminis/i.test(name) ? '' : `${path}${step}`;
      if (own !== '') stateAttribute(fields, own, textOf(each));
      flatten(each, own === '' ? '' : `${own}/`, fields);
    });
  }
}

function filled(value: string): string | undefined {
  return value.trim() === '' ? undefined : value.trim();
}
