import { arrows, packageOwners, separateParts } from './arrows.ts';
import { type Import, importsOf, type SourceFile } from './imports.ts';

/** Each forbidden import of the sources, as a sentence; empty when all arrows point inwards. */
export function violations(sources: readonly SourceFile[]): string[] {
  const imports = sources.flatMap(importsOf);
  return [...imports.flatMap(forbidden), ...cycles(imports)];
}

function forbidden(one: Import): string[] {
  const reason = one.from.startsWith('plugins/') ? pluginReason(one) : layerReason(one);
  return reason === undefined ? [] : [`${one.from} imports ${one.to}: ${reason}`];
}

function pluginReason({ from, to }: Import): string | undefined {
  const own = from.split('/').slice(0, 2).join('/');
  const allowed =
    !to.startsWith('src/') || to === 'src/index.ts' || to.startsWith('src/testing/') || to.startsWith(own);
  return allowed ? undefined : 'a plug-in imports only src/index.ts';
}

function layerReason({ from, to }: Import): string | undefined {
  const layer = layerOf(from);
  const allowed = arrows[layer];
  if (allowed === undefined) return `the layer ${layer} has no arrows`;
  if (!to.startsWith('src/')) return packageReason(layer, to);
  const target = layerOf(to);
  if (target !== layer) return allowed.includes(target) ? undefined : `${layer} may not import ${target}`;
  if (!separateParts.includes(layer) || partOf(from) === partOf(to)) return undefined;
  return `${partOf(from)} may not import ${partOf(to)}`;
}

function packageReason(layer: string, specifier: string): string | undefined {
  if (layer === 'domain' && !specifier.startsWith('node:')) return 'domain imports nothing';
  const name = specifier.split('/')[0] ?? '';
  const owners = packageOwners[name];
  return owners === undefined || owners.includes(layer) ? undefined : `${name} belongs to ${owners.join(', ')}`;
}

/** `src/auth/basic.ts` -> auth; `src/app.ts` -> app. */
function layerOf(path: string): string {
  return (path.split('/')[1] ?? '').replace(/\.ts$/, '');
}

/** `src/dialects/lis2/base.ts` -> lis2. */
function partOf(path: string): string {
  return path.split('/')[2] ?? '';
}

/** Files that need each other to load. Types may refer to each other. */
function cycles(imports: readonly Import[]): string[] {
  const graph = new Map<string, string[]>();
  for (const { from, to, typeOnly } of imports) {
    if (typeOnly || !to.endsWith('.ts')) continue;
    graph.set(from, [...(graph.get(from) ?? []), to]);
  }
  const done = new Set<string>();
  const found: string[] = [];
  const walk = (file: string, trail: readonly string[]): void => {
    if (trail.includes(file)) found.push(`${[...trail.slice(trail.indexOf(file)), file].join(' -> ')}: a cycle`);
    if (done.has(file) || trail.includes(file)) return;
    for (const next of graph.get(file) ?? []) walk(next, [...trail, file]);
    done.add(file);
  };
  for (const file of graph.keys()) walk(file, []);
  return found;
}
