import type { Page, PageRequest } from '../domain/administration/index.ts';

const PAGE = 500;

/** All items of a list, page by page. */
export async function everyPage<Item>(list: (page: PageRequest) => Promise<Page<Item>>): Promise<Item[]> {
  const items: Item[] = [];
  for (let after: string | undefined; ;) {
    const page = await list({ limit: PAGE, ...(after === undefined ? {} : { after }) });
    items.push(...page.items);
    if (page.next === undefined) return items;
    after = page.next;
  }
}
