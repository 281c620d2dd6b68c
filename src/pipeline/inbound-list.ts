import { type AccessPolicy, type LinkName, linkNames } from '../domain/access.ts';
import { parseAddressBlock } from '../domain/address-block.ts';
import type { ListEntry, ListReason } from '../domain/extension-points.ts';
import type { Template } from './plugins/index.ts';
import type { MessageAuthenticator } from './ports.ts';

/** A link of the chain as the operator has it. */
export type InboundLink = Pick<MessageAuthenticator, 'name' | 'role'>;

/** Whose word an entry is. What a wider place says holds beside it and cannot be put away from here. */
export type InboundPlace = 'operator' | 'organization' | 'source_system';

/** `both`: it may identify, and must agree where another one does. */
type InboundRole = MessageAuthenticator['role'] | 'both';

/** The addresses that messages must come from stand in the list as a link of this name, with the option `addresses`. */
export const addressList = 'address-list';

/** What each shipped link recognises, and what IPSIS calls it. */
export const inboundLinks: Readonly<Record<LinkName | typeof addressList, { summary: string; alias?: string }>> = {
  'wss-x509': { summary: 'A WS-Security signature, by a certificate that is pinned for a source system.' },
  'wss-password-digest': { summary: 'A WS-Security UsernameToken with a digest of the password.' },
  'wss-password-text': {
    summary: 'A WS-Security UsernameToken with the password.',
    alias: 'WSSEMessageAuthenticator',
  },
  'oauth2-bearer': { summary: 'An access token of our own token endpoint (OAuth 2, client credentials).' },
  'oauth1-body-hash': { summary: 'A signature of OAuth 1.0a over the request and a hash of its body.' },
  'api-key': { summary: 'An API key.' },
  'http-basic': { summary: 'HTTP Basic authentication.', alias: 'BasicAuthMessageAuthenticator' },
  'tls-client-certificate': { summary: 'The TLS client certificate of the connection, pinned for a source system.' },
  [addressList]: { summary: 'Messages must come from one of the option `addresses` (addresses or CIDR blocks).' },
};

/** The lists that may be put by name. Only the operator's own restricts nobody, whatever links come later. */
export function inboundTemplates(chain: readonly InboundLink[]): readonly Template[] {
  const known = (names: readonly string[]): ListEntry[] =>
    names.map((plugin, index) => entry(plugin, 'identify', index));
  return [
    {
      name: 'operator',
      summary: 'The chain in force, as the operator orders it (PASSERELLE_AUTHENTICATORS): no restriction.',
      entries: chain.map(({ name, role }, index) => entry(name, role, index)),
    },
    { name: 'shipped', summary: 'The chain as it is shipped.', entries: known(linkNames) },
    { name: 'ipsis', summary: 'The two links that IPSIS has.', entries: known(['wss-password-text', 'http-basic']) },
  ];
}

/** The chain as it judges a sender for whom these policies hold, those of the wider place first. */
export function inboundEntries(
  chain: readonly InboundLink[],
  policies: readonly { readonly place: InboundPlace; readonly policy: AccessPolicy }[],
): ListEntry[] {
  const required = new Map<string, InboundPlace>();
  for (const { name, role } of chain) if (role === 'require') required.set(name, 'operator');
  for (const { place, policy } of policies)
    for (const name of policy.requires ?? []) if (!required.has(name)) required.set(name, place);
  const identifying = chain.filter(
    ({ name, role }) => role === 'identify' && policies.every(({ policy }) => mayIdentify(policy, name)),
  );
  const lists = policies.flatMap(({ place, policy: { allowedAddresses: addresses } }) =>
    addresses === null ? [] : [{ place, addresses }],
  );
  const identifies = new Set(identifying.map(({ name }) => name));
  const entries: Shown[] = [
    ...identifying.map(({ name }): Shown => {
      const by = required.get(name);
      return [name, by === undefined ? { role: 'identify' } : { role: 'both', by }];
    }),
    ...lists.map(({ place, addresses }): Shown => [
      addressList,
      { role: 'require', by: place, addresses: [...addresses] },
    ]),
    ...[...required]
      .filter(([name]) => !identifies.has(name))
      .map(([name, by]): Shown => [name, { role: 'require', by }]),
  ];
  return entries.map(([plugin, options], index) => ({ plugin, sortOrder: 10 * (index + 1), options }));
}

type Shown = [plugin: string, options: Readonly<Record<string, unknown>>];

function mayIdentify({ mechanisms }: AccessPolicy, name: string): boolean {
  return mechanisms === null || mechanisms.includes(name);
}

/** An entry as it was put, understood. */
interface Understood {
  readonly plugin: string;
  readonly role: InboundRole;
  readonly by: InboundPlace;
  readonly addresses: readonly string[] | undefined;
}

/**
 * The access policy that a list means, put at a place; and everything that is wrong with it. Which link decides is settled
 * before the sender's organization is known, so their order is the operator's; the links that must agree are asked
 * afterwards, in the order of the list.
 */
export function readInboundList(
  chain: readonly InboundLink[],
  entries: readonly ListEntry[],
  place: Exclude<InboundPlace, 'operator'>,
): { reasons: readonly ListReason[]; policy: AccessPolicy } {
  const ordered = [...entries].sort((one, other) => one.sortOrder - other.sortOrder);
  const reasons: ListReason[] = ordered.flatMap(wrongAddresses);
  const understood: Understood[] = [];
  for (const each of ordered) {
    const found = understand(chain, each, place);
    if ('code' in found) reasons.push(found);
    else understood.push(found);
  }
  reasons.push(...repeated(ordered, understood), ...misplaced(chain, understood), ...nobody(understood));
  const own = understood.filter(({ by }) => by === place);
  const requires = own.filter(({ plugin, role }) => role !== 'identify' && plugin !== addressList);
  return {
    reasons,
    policy: {
      mechanisms: understood.filter(({ role }) => role !== 'require').map(({ plugin }) => plugin),
      allowedAddresses: own.find(({ plugin }) => plugin === addressList)?.addresses ?? null,
      requires: requires.length === 0 ? null : requires.map(({ plugin }) => plugin),
    },
  };
}

const roles: readonly unknown[] = ['identify', 'require', 'both'];

function understand(
  chain: readonly InboundLink[],
  { plugin, options = {} }: ListEntry,
  place: InboundPlace,
): Understood | ListReason {
  const link = chain.find(({ name }) => name === plugin);
  const isAddresses = plugin === addressList;
  if (link === undefined && !isAddresses) return unknown(plugin, chain);
  const { role = isAddresses ? 'require' : 'identify', by = place, addresses, ...surplus } = options;
  const wrong = (what: string): ListReason => ({ code: 'invalid_options', plugin, message: `${plugin}: ${what}.` });
  if (Object.keys(surplus).length > 0) return wrong(`there is no option ${Object.keys(surplus).join(', ')}`);
  if (!roles.includes(role)) return wrong('the option `role` is identify, require or both');
  if (!isPlace(by, place)) return wrong('the option `by` names this place, or a wider one');
  if (isAddresses !== isListOfTexts(addresses))
    return wrong(isAddresses ? 'the option `addresses` names one at least' : 'it takes no addresses');
  if (isAddresses ? role !== 'require' : role !== 'require' && link?.role === 'require')
    return wrong(
      isAddresses ? 'an address identifies nobody' : 'the operator has it only agree, so it identifies nobody',
    );
  return { plugin, role: role as InboundRole, by, addresses: isAddresses ? (addresses as string[]) : undefined };
}

function unknown(plugin: string, chain: readonly InboundLink[]): ListReason {
  const names = [...chain.map(({ name }) => name), addressList].join(', ');
  const message = `The operator's chain (PASSERELLE_AUTHENTICATORS) has no link ${plugin}; there are: ${names}.`;
  return { code: 'unknown_plugin', plugin, message };
}

function isPlace(by: unknown, place: InboundPlace): by is InboundPlace {
  return by === 'operator' || by === 'organization' || by === place;
}

/** One reason for each, so that a long list is put right at once. */
function wrongAddresses({ plugin, options }: ListEntry): ListReason[] {
  const addresses = options?.addresses;
  if (plugin !== addressList || !isListOfTexts(addresses)) return [];
  return addresses
    .filter((address) => parseAddressBlock(address) === undefined)
    .map((address) => ({
      code: 'invalid_options',
      plugin,
      message: `${plugin}: ${JSON.stringify(address.slice(0, 64))} is not an address or CIDR block; write them like 192.0.2.7 or 192.0.2.0/24.`,
    }));
}

function isListOfTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'string');
}

function repeated(ordered: readonly ListEntry[], understood: readonly Understood[]): ListReason[] {
  const twice = understood.filter(
    ({ plugin, by }, index) =>
      understood.findIndex((other) => other.plugin === plugin && (plugin !== addressList || other.by === by)) < index,
  );
  const tied = ordered.filter(({ sortOrder }, index) => ordered[index - 1]?.sortOrder === sortOrder);
  return [
    ...twice.map(({ plugin }): ListReason => ({
      code: 'duplicate_plugin',
      plugin,
      message: `${plugin} stands twice.`,
    })),
    ...tied.map(({ plugin, sortOrder }): ListReason => ({
      code: 'duplicate_sort_order',
      plugin,
      message: `${plugin} has the sort order ${sortOrder}, as another one.`,
    })),
  ];
}

/** First what identifies, in the operator's order; then the addresses; then what must agree, in any order. */
function misplaced(chain: readonly InboundLink[], understood: readonly Understood[]): ListReason[] {
  const rank = ({ plugin, role }: Understood): number => {
    if (role !== 'require') return chain.findIndex(({ name }) => name === plugin);
    return chain.length + (plugin === addressList ? 0 : 1);
  };
  return understood.flatMap((each, index): ListReason[] => {
    const late = understood.slice(index + 1).find((other) => rank(other) < rank(each));
    if (late === undefined) return [];
    const why =
      late.role !== 'require' && each.role !== 'require'
        ? 'Which link decides is settled before it is known whose message it is: the operator of the gateway orders them, in PASSERELLE_AUTHENTICATORS'
        : late.role !== 'require'
          ? 'What must agree is asked once somebody is identified, so it stands behind what identifies'
          : 'Addresses are judged before other links are asked';
    return [
      { code: 'wrong_order', plugin: late.plugin, message: `${late.plugin} must stand before ${each.plugin}. ${why}.` },
    ];
  });
}

function nobody(understood: readonly Understood[]): ListReason[] {
  if (understood.some(({ role }) => role !== 'require')) return [];
  return [{ code: 'required_missing', message: 'No link in the list may identify: nobody could come in.' }];
}

function entry(plugin: string, role: MessageAuthenticator['role'], index: number): ListEntry {
  return { plugin, sortOrder: 10 * (index + 1), options: { role } };
}
