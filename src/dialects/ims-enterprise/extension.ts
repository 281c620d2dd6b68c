import { GatewayError } from '../../domain/problem.ts';
import { isSecretName } from '../../domain/secret-name.ts';
import type { ElementView } from '../../pipeline/ports.ts';
import { stateAttribute } from './record.ts';
import { child, children, textOf } from './values.ts';

type Holder = { attributes?: Record<string, string> | null };

/** More than any SIS has reason to send. Names are paths, so that few elements can mean very much text. */
const maxFields = 500;
const maxNameLength = 1_024;

/**
 * Everything in an `extension` becomes attributes, named by its path in there: `deliverysystem`,
 * `events/recurringevent[2]/location`, `@status`. The wrappers of Luminis (`luminisperson`, `luminisgroup`, `luminisrole`)
 * are not part of the path. Throws `value_too_long` for more fields, or longer paths, than anybody could use.
 */
export const extensionAttributes = {
  name: 'extension fields',
  attributesOnly: true,
  read({ object, at }: { object: ElementView; at: string }, fields: Holder): void {
    let count = 0;
    const where = `${at}/extension`;
    for (const extension of children(object, 'extension')) {
      flatten(extension, '', where, (name, value) => {
        if (++count > maxFields) throw tooLarge(`${where} has more than ${maxFields} values`, where);
        stateAttribute(fields, name, value);
      });
    }
  },
};

function flatten(holder: ElementView, path: string, at: string, state: (name: string, value: string) => void): void {
  if (path.length > maxNameLength) throw tooLarge(`${at} has a path longer than ${maxNameLength} characters`, at);
  for (const [name, value] of Object.entries(holder.attributes))
    if (value.trim() !== '') state(`${path}@${name}`, value.trim());
  for (const [name, siblings] of Map.groupBy(holder.children, (each) => each.name)) {
    siblings.forEach((each, index) => {
      const step = siblings.length === 1 ? name : `${name}[${index + 1}]`;
      if (namesSecret(each)) return;
      const own = path === '' && /^luminis/i.test(name) ? '' : `${path}${step}`;
      const value = textOf(each);
      if (own !== '' && value !== undefined) state(own, value);
      flatten(each, own === '' ? '' : `${own}/`, at, state);
    });
  }
}

/** A field that says itself what it is called, as those of LIS do (`fieldName`), and is called like a password. */
function namesSecret(field: ElementView): boolean {
  return isSecretName(textOf(child(field, 'fieldName')) ?? textOf(child(field, 'name')) ?? '');
}

function tooLarge(what: string, at: string): GatewayError {
  return new GatewayError('value_too_long', `The extension is larger than is taken: ${what}.`, { at });
}
