import { shippedPlugins, shippedPoints } from '../src/app/shipped-plugins.ts';
import { linkNames } from '../src/domain/access.ts';
import { outboundPoint } from '../src/domain/extension-points.ts';
import { describeOptions } from '../src/formats/json/index.ts';
import { inboundLinks, inboundTemplates } from '../src/pipeline/inbound-list.ts';
import {
  type AnyListed,
  createRegistry,
  type ListPoint,
  type Registry,
  type Template,
} from '../src/pipeline/plugins/index.ts';
import type { GeneratedFile } from './generate.ts';

/** docs/extension-points.md: every extension point, its shipped lists, what may stand in it, and what IPSIS calls it. */
export function generate(): Promise<GeneratedFile[]> {
  const registry = createRegistry(shippedPoints, shippedPlugins);
  const text = [
    head,
    inbound(),
    outbound(registry),
    ...[...registry.points.values()].map((point) => section(registry, point)),
    options(registry),
  ].join('\n');
  return Promise.resolve([{ path: 'docs/extension-points.md', text }]);
}

const head = `# Extension points

What an administrator orders: each extension point has a list of plug-ins. The organization chooses one, a source system may
have another in its place; where nobody chose, the list named first is in force (of \`handle.user.delete\`: the one that the option
\`userDelete\` names). See [the administrator's guide](guides/administrator.md#lists-of-plug-ins). What options plug-ins take is told [at the end](#options). This page is generated from \`src/handlers/\`, \`src/dialects/\`, \`src/pipeline/\` and \`src/auth/outbound/\`.

**Where our lists differ from those of IPSIS**, the template \`ipsis\` is IPSIS's own: a delete of an org unit deletes its LMS object,
too; no role is given to a person without one; nothing is refused because a parent has not arrived or children are there; a record
without a status states none (and counts as active all the same).

Translators are there for each dialect of XML: \`lis2\` (LIS 2.0; records without an envelope are read by the same lists), \`saip\` (PeopleSoft SAIP), \`ims-es1\` (IMS Enterprise Services 1.0) and
\`ims-enterprise\` (IMS Enterprise 1.1). IPSIS reads all of them as LIS, so its names stand at \`lis2\`. The REST dialect names the fields themselves and needs none.

The names that IPSIS has for its handlers follow its own pattern, \`<Verb><Entity><What>Handler\`. What the gateway does anyway (read, create,
save, delete) has its place in the lists as well; left out, it is not done, as the column says. What is \`required\` cannot be left out: a list without it is refused.

The interfaces that IPSIS has for bulk data exchange have no lists of their own here: files are fetched with an authenticator of \`authenticate.outbound\`, and read and handled by the lists of messages ([ADR 60](adr/0060-bulk-data-exchanges.md)).
`;

/** The one point whose list is no list of its own. */
function inbound(): string {
  const templates = inboundTemplates(linkNames.map((name) => ({ name, role: 'identify' as const })));
  const known: Readonly<Partial<Record<string, { summary: string; alias?: string }>>> = inboundLinks;
  const lists = templates.flatMap(({ name, summary, entries }) => [
    `**${name}**: ${summary}`,
    '',
    ...table(
      entries.map(({ plugin, sortOrder }) =>
        row(String(sortOrder), plugin, known[plugin]?.alias, 'identify', known[plugin]?.summary ?? ''),
      ),
    ),
  ]);
  const more = row('', 'address-list', undefined, 'require', inboundLinks['address-list'].summary);
  return [inboundHead, '', ...lists, 'May be added:', '', ...table([more])].join('\n');
}

const inboundHead = `## authenticate.inbound

Knows senders by their credentials. The chain runs before it is known whose message it is, so the operator orders it (\`PASSERELLE_AUTHENTICATORS\`; here as shipped). The list of an
organization or a source system says which of its links may identify, and which must agree as well (option \`role\`: \`identify\`, \`require\` or \`both\`): it is stored as the access policy, and both hold.
See [ADR 36](adr/0036-the-inbound-chain-as-a-point.md).`;

/** No list: an endpoint names the one that it wants. */
function outbound({ outboundAuthenticators }: Registry): string {
  const rows = [...outboundAuthenticators.values()].map(({ name, needs, soapOnly, exposesSecret, summary }) => {
    const limits = [...(soapOnly ? ['SOAP only'] : []), ...(exposesSecret ? ['https only'] : [])].join(', ');
    return `| \`${name}\` | ${needs.join(', ')} | ${limits} | ${summary} |`;
  });
  return [
    `## ${outboundPoint}`,
    '',
    'How the gateway proves who it is to an endpoint of a source system. There is no list to order: the endpoint names one (`authentication`). Plug-ins add others. "https only" is not asked of an endpoint on the gateway\'s own machine, nor where the operator permits clear text (`PASSERELLE_ALLOW_CLEAR_TEXT`).',
    '',
    '| authenticator | needs | where | what it does |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

function section(registry: Registry, point: ListPoint): string {
  const shipped = point.templates.map((template) => list(registry, point, template));
  const inSome = new Set(point.templates.flatMap(({ entries }) => entries.map(({ plugin }) => plugin)));
  const others = [...registry.listed(point).values()].filter(
    ({ name, points }) => points.includes(point.name) && !inSome.has(name),
  );
  const extra = others.map((plugin) =>
    row('', plugin.name, plugin.alias?.(point.name), stageOf(plugin, point), plugin.summary),
  );
  const more = extra.length === 0 ? [] : ['May be added:', '', ...table(extra)];
  return [`## ${point.name}`, '', point.summary, '', ...shipped.flat(), ...more].join('\n');
}

function list(registry: Registry, point: ListPoint, { name, summary, entries }: Template): string[] {
  const rows = entries.map(({ plugin: named, sortOrder, options }) => {
    const plugin = registry.listed(point).get(named);
    const given = options === undefined ? '' : ` Options: \`${JSON.stringify(options)}\`.`;
    return row(
      String(sortOrder),
      named,
      plugin?.alias?.(point.name),
      plugin && stageOf(plugin, point),
      `${plugin?.summary ?? ''}${given}`,
    );
  });
  return [`**${name}**: ${summary}`, '', ...table(rows)];
}

/** Its stage, and that no list at the point does without it. */
function stageOf({ stage, requiredAt }: AnyListed, { name }: ListPoint): string {
  return requiredAt?.includes(name) === true ? `${stage}, required` : stage;
}

/** Every option of what is shipped: its type, its default, what it means. */
function options(registry: Registry): string {
  const plugins = [...registry.handlers.values(), ...registry.translators.values()];
  const rows = plugins.flatMap(({ name, options: schema }) =>
    describeOptions(schema).map((option) => {
      const given = option.default === undefined ? '' : `\`${JSON.stringify(option.default)}\``;
      return `| \`${name}\` | \`${option.name}\` | ${option.type} | ${option.required ? 'required' : given} | ${option.description} |`;
    }),
  );
  const intro =
    'What an entry of a list may say in `options`. Handlers and steps that are not named here take none. Of `authenticate.inbound`, every link takes `role` (`identify`, `require` or `both`), and `address-list` takes `addresses`.';
  const columns = ['| plug-in | option | type | default | what it means |', '| --- | --- | --- | --- | --- |'];
  return ['## Options', '', intro, '', ...columns, ...rows, ''].join('\n');
}

function table(rows: readonly string[]): string[] {
  return ['| order | plug-in | in IPSIS | stage | what it does |', '| --- | --- | --- | --- | --- |', ...rows, ''];
}

function row(order: string, name: string, alias: string | undefined, stage: string | undefined, what: string): string {
  return `| ${order} | \`${name}\` | ${alias ?? ''} | ${stage ?? ''} | ${what} |`;
}
