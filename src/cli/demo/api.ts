import { CommandError } from '../output.ts';

/** The REST API as a program of the LMS would read it. */
export type Api = { all<Item>(path: string, query?: Record<string, string>): Promise<Item[]> };

export function createApi(baseUrl: string, token: string): Api {
  return {
    async all<Item>(path: string, query: Record<string, string> = {}) {
      const items: Item[] = [];
      for (let after: string | undefined; ;) {
        const page = await get<Item>(`${baseUrl}/api/v1/${path}`, token, {
          ...query,
          limit: '1000',
          ...(after === undefined ? {} : { after }),
        });
        items.push(...page.items);
        if (page.next === undefined) return items;
        after = page.next;
      }
    },
  };
}

type Page<Item> = { items: Item[]; next?: string };

async function get<Item>(address: string, token: string, query: Record<string, string>): Promise<Page<Item>> {
  const url = `${address}?${new URLSearchParams(query).toString()}`;
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  if (response.ok) return (await response.json()) as Page<Item>;
  throw new CommandError(`GET ${url} was answered ${response.status}: ${await response.text()}`);
}
