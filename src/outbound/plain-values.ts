import type { Field, ServiceContract } from '../formats/wsdl/index.ts';
import type { ElementView } from '../pipeline/ports.ts';

/**
 * The body element of an answer as plain values: texts, trimmed; objects by local names; lists of what comes more than once,
 * or may by the contract. Attributes are left out.
 */
export function plainValues(body: ElementView, service: ServiceContract, response: readonly Field[]): unknown {
  return body.children.length === 0 ? {} : valueOf(body, service, response);
}

function valueOf(element: ElementView, service: ServiceContract, fields: readonly Field[]): unknown {
  if (element.attributes['{http://www.w3.org/2001/XMLSchema-instance}nil']?.trim() === 'true') return null;
  if (element.children.length === 0) return fields.length === 0 ? element.text.trim() : {};
  const grouped = Map.groupBy(element.children, ({ name }) => name);
  // fromEntries defines, and never assigns: a child called __proto__ is a name as any other.
  return Object.fromEntries(
    [...grouped].map(([name, children]) => {
      const field = fields.find((each) => each.name === name);
      const inner = service.types[field?.type ?? ''] ?? [];
      const values = children.map((child) => valueOf(child, service, inner));
      return [name, field?.repeated === true || values.length > 1 ? values : values[0]];
    }),
  );
}
