import type { ElementView } from '../../../pipeline/ports.ts';
import { services } from '../contract/services.ts';

/**
 * The element with all its names spelled as the schemas of the draft have them: snapshots write some in lower case
 * (`grouptype`, `orgname`, `datasource`), messages `CollectionSourcedID` for `collectionSourcedID`, and the draft itself once `sourcedidSet`.
 */
export function inOneSpelling(view: ElementView): ElementView {
  const name = spelled(view.name);
  const children = view.children.map(inOneSpelling);
  // Most are spelled so already.
  const isSame = name === view.name && children.every((child, index) => child === view.children[index]);
  return isSame ? view : { ...view, name, children };
}

function spelled(name: string): string {
  return right.has(name) ? name : (spellings.get(name.toLowerCase()) ?? name);
}

const spellings: ReadonlyMap<string, string> = new Map(
  Object.values(services)
    .flatMap(({ managers, types }) => [
      ...managers.flatMap(({ operations }) => operations.flatMap(({ request }) => request)),
      ...Object.values(types).flat(),
    ])
    .map(({ name }) => [name.toLowerCase(), name]),
);

const right: ReadonlySet<string> = new Set(spellings.values());
