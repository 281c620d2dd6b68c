import { createHash } from 'node:crypto';
import type { AccessPolicy, ChosenPolicy } from '../../../../domain/access.ts';
import { type Editor, shippedVersion } from '../../../../domain/administration/index.ts';
import { type ChosenList, inboundPoint, type ListEntry, ListRefused } from '../../../../domain/extension-points.ts';
import { GatewayError } from '../../../../domain/problem.ts';
import {
  addressList,
  inboundEntries,
  inboundLinks,
  type InboundPlace,
  inboundTemplates,
  readInboundList,
} from '../../../../pipeline/inbound-list.ts';
import type { ApiServices } from '../../services.ts';

type Services = Pick<ApiServices, 'accessPolicies' | 'extensionPoints' | 'administration'>;

const linkOptions = [
  {
    name: 'role',
    type: 'one of identify, require, both',
    required: false,
    description: 'Whether it may identify a sender, must agree beside what identifies, or both.',
    default: 'identify',
  },
];

const addressOptions = [
  {
    name: 'addresses',
    type: 'list of text',
    required: true,
    description: 'Addresses or CIDR blocks that messages must come from.',
  },
];

const unrestricted: AccessPolicy = { mechanisms: null, allowedAddresses: null, requires: null };

/** The chain that knows senders, as an extension point, whatever access policies say of it. */
export function describeInbound({ extensionPoints: { inbound, registry } }: Pick<Services, 'extensionPoints'>) {
  const brought = new Set(registry.authenticators.map(({ name }) => name));
  return {
    ...inboundSummary,
    templates: inboundTemplates(inbound).map(({ entries, ...template }) => ({
      ...template,
      entries: entries.map(shown),
    })),
    plugins: [...inbound, { name: addressList, role: 'require' as const }].map(({ name, role }) => ({
      name,
      summary: summaryOf(name) ?? 'Brought by a plug-in.',
      alias: aliasOf(name),
      package: brought.has(name) ? registry.packageOf('authenticator', name) : 'passerelle',
      stage: role,
      required: false,
      excludes: [],
      takesOptions: true,
      options: name === addressList ? addressOptions : linkOptions,
    })),
  };
}

export const inboundSummary = {
  name: inboundPoint,
  kind: 'authenticate' as const,
  summary:
    'Knows senders by their credentials. The operator orders the links; an organization and a source system say which may identify, and which must agree.',
};

/** The chain as it judges the senders of an organization, or of a source system. */
export async function inboundList(services: Services, organizationId: number, sourceSystemId: number | null) {
  const { accessPolicies, extensionPoints } = services;
  const places: (ChosenPolicy & { place: InboundPlace })[] = [
    { place: 'organization', ...(await accessPolicies.chosen(organizationId, null)) },
  ];
  if (sourceSystemId !== null)
    places.push({ place: 'source_system', ...(await accessPolicies.chosen(organizationId, sourceSystemId)) });
  const inForce = places.findLast(({ policy }) => versionOf(policy) !== shippedVersion);
  const entries = inboundEntries(extensionPoints.inbound, places);
  const reasons = readInboundList(extensionPoints.inbound, entries, 'source_system').reasons;
  const own = places.at(-1)?.policy ?? unrestricted;
  return {
    from: inForce?.place ?? ('operator' as const),
    template: inForce === undefined ? 'operator' : null,
    entries: entries.map(shown),
    reasons: [...reasons],
    changedAt: inForce?.changedAt ?? null,
    changedBy: inForce?.changedBy ?? null,
    version: versionOf(own),
  };
}

export interface InboundPlacement {
  readonly editor: Editor;
  /** null = of the organization. */
  readonly sourceSystemId: number | null;
  readonly expected: { readonly version?: number | string };
}

/** Stores a list as the access policy of a place. Throws ListRefused, and GatewayError `conflict`. */
export async function putInbound(services: Services, list: ChosenList, at: InboundPlacement) {
  await store(services, await policyOf(services, list, at), at);
  return inboundList(services, at.editor.organizationId, at.sourceSystemId);
}

/** Takes away what a place demands. Throws GatewayError `conflict`. */
export function resetInbound(services: Services, at: InboundPlacement): Promise<void> {
  return store(services, unrestricted, at);
}

async function policyOf(
  services: Services,
  list: ChosenList,
  { editor: { organizationId }, sourceSystemId }: InboundPlacement,
): Promise<AccessPolicy> {
  const {
    accessPolicies,
    extensionPoints: { inbound },
  } = services;
  if ('template' in list && list.template === 'operator') return unrestricted;
  const place = sourceSystemId === null ? 'organization' : 'source_system';
  const { reasons, policy } = readInboundList(inbound, entriesOf(inbound, list), place);
  if (reasons.length > 0) throw new ListRefused(inboundPoint, reasons);
  if (place === 'organization') await refuseLockOutBelow(services, policy, organizationId);
  else {
    const wider = await accessPolicies.get(organizationId, null);
    refuseLockOut(inbound, [
      { place: 'organization', policy: wider },
      { place, policy },
    ]);
  }
  return policy;
}

function entriesOf(inbound: Services['extensionPoints']['inbound'], list: ChosenList): readonly ListEntry[] {
  if ('entries' in list) return list.entries;
  const templates = inboundTemplates(inbound);
  const found = templates.find(({ name }) => name === list.template);
  if (found !== undefined) return found.entries;
  const message = `There is no template ${list.template} here; there are: ${templates.map(({ name }) => name).join(', ')}.`;
  throw new ListRefused(inboundPoint, [{ code: 'unknown_template', message }]);
}

/** What the organization lets in must leave each source system that has a list of its own somebody. */
async function refuseLockOutBelow(
  { accessPolicies, administration, extensionPoints: { inbound } }: Services,
  policy: AccessPolicy,
  organizationId: number,
): Promise<void> {
  const shutOut: string[] = [];
  let after: string | undefined;
  do {
    const page = await administration.sourceSystems.list(organizationId, {
      limit: 200,
      ...(after === undefined ? {} : { after }),
    });
    for (const { id, code } of page.items) {
      const own = await accessPolicies.get(organizationId, id);
      const entries = inboundEntries(inbound, [
        { place: 'organization', policy },
        { place: 'source_system', policy: own },
      ]);
      if (own.mechanisms !== null && entries.every(({ options }) => options?.role === 'require')) shutOut.push(code);
    }
    after = page.next;
  } while (after !== undefined);
  if (shutOut.length === 0) return;
  const message = `Nobody could come in any more as ${shutOut.join(', ')}, by the list of its own. Change that list first.`;
  throw new ListRefused(inboundPoint, [{ code: 'required_missing', message }]);
}

/** Both policies hold: what each of them lets in may be nobody together. */
function refuseLockOut(
  inbound: Services['extensionPoints']['inbound'],
  policies: Parameters<typeof inboundEntries>[1],
): void {
  if (inboundEntries(inbound, policies).some(({ options }) => options?.role !== 'require')) return;
  const message = 'The organization lets none of these links identify, so nobody could come in.';
  throw new ListRefused(inboundPoint, [{ code: 'required_missing', message }]);
}

function store(
  { accessPolicies }: Services,
  policy: AccessPolicy,
  { editor, sourceSystemId, expected }: InboundPlacement,
): Promise<void> {
  return accessPolicies.set(editor, sourceSystemId, policy, (current) => {
    const version = versionOf(current);
    if (expected.version === undefined || String(expected.version) === version) return;
    throw new GatewayError(
      'conflict',
      `The list is at version ${version} now, not ${expected.version}. Read it again and repeat the change.`,
      { field: 'If-Match' },
    );
  });
}

/** Of what was said at one place; what nobody restricted is as shipped. */
function versionOf({ mechanisms, allowedAddresses, requires = null }: AccessPolicy): string {
  const said = [mechanisms, allowedAddresses, requires];
  if (said.every((each) => each === null)) return shippedVersion;
  return createHash('sha256').update(JSON.stringify(said)).digest('hex').slice(0, 16);
}

function shown({ plugin, sortOrder, options }: ListEntry) {
  return {
    plugin,
    sortOrder,
    ...(options === undefined ? {} : { options: { ...options } }),
    alias: aliasOf(plugin),
    summary: summaryOf(plugin) ?? null,
  };
}

const described: Readonly<Partial<Record<string, { summary: string; alias?: string }>>> = inboundLinks;

function summaryOf(name: string): string | undefined {
  return described[name]?.summary;
}

function aliasOf(name: string): string | null {
  return described[name]?.alias ?? null;
}
