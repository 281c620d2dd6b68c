import type { ElementView } from '../../../pipeline/ports.ts';
import { services } from '../contract/services.ts';

/**
 * The element with all its names spelled as the schemas of the draft have them: snapshots write some in lower case
 * (`grouptype`, `orgname`, `datasource`), messages `CollectionSourcedID` for `collectionSourcedID`, and the draft itself once `sourcedidSet`.
 */
export function inOneSpelling(view: ElementView): ElementView {
  return { ...view, name: spelled(view.name), children: view.children.map(inOneSpelling) };
}

function spelled(name: string): string {
  return spellings.get(name.toLowerCase()) ?? name;
}

const spellings: ReadonlyMap<string, string> = new Map(
  Object.values(services)
    .flatMap(({ managers, types }) => [
      ...managers.flatMap(({ operations }) => operations.flatMap(({ request }) => request)),
      ...Object.values(types).flat(),
    ])
    .map(({ name }) => [name.toLowerCase(), name]),
);
