/**
 * Builds a kustomization as `kubectl kustomize` does, as far as ours go: resources, configMapGenerator, images, namespace
 * and strategic merge patches. ConfigMaps keep their plain names. So the checks need nothing but npm; where kubectl is
 * there, a test compares the two.
 */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { parse, parseAllDocuments } from 'yaml';
import type { KubeObject, Workload } from './kinds.ts';

interface Kustomization {
  namespace?: string;
  resources?: string[];
  configMapGenerator?: { name: string; behavior?: 'merge'; envs: string[] }[];
  images?: { name: string; newName?: string; newTag?: string; digest?: string }[];
  patches?: { path: string; target: { kind: string; name?: string; labelSelector?: string } }[];
}

const understood = ['apiVersion', 'kind', 'namespace', 'resources', 'configMapGenerator', 'images', 'patches'];

/** Every object of the kustomization in `dir`. */
export function build(dir: string): KubeObject[] {
  const kustomization = parse(readFileSync(path.join(dir, 'kustomization.yaml'), 'utf8')) as Kustomization;
  const unknown = Object.keys(kustomization).filter((field) => !understood.includes(field));
  if (unknown.length > 0) throw new Error(`${dir}: teach build.ts what ${unknown.join(', ')} means`);

  const objects = (kustomization.resources ?? []).flatMap((resource) => load(path.join(dir, resource)));
  for (const generator of kustomization.configMapGenerator ?? []) generate(objects, dir, generator);
  for (const patch of kustomization.patches ?? []) applyPatch(objects, dir, patch);
  for (const image of kustomization.images ?? []) setImage(objects, image);
  for (const object of objects) {
    if (object.kind !== 'Namespace' && kustomization.namespace !== undefined)
      object.metadata.namespace = kustomization.namespace;
  }
  return objects;
}

function load(place: string): KubeObject[] {
  if (statSync(place).isDirectory()) return build(place);
  return parseAllDocuments(readFileSync(place, 'utf8')).map((document) => document.toJS() as KubeObject);
}

type Generator = NonNullable<Kustomization['configMapGenerator']>[number];

function generate(objects: KubeObject[], dir: string, { name, behavior, envs }: Generator): void {
  const data = Object.assign({}, ...envs.map((file) => parseEnv(readFileSync(path.join(dir, file), 'utf8')))) as object;
  const found = objects.find((object) => object.kind === 'ConfigMap' && object.metadata.name === name);
  if ((behavior === 'merge') !== (found !== undefined)) throw new Error(`${dir}: ConfigMap ${name} is merged or made`);
  if (found) found['data'] = { ...(found['data'] as object), ...data };
  else objects.push({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });
}

type Patch = NonNullable<Kustomization['patches']>[number];

function applyPatch(objects: KubeObject[], dir: string, { path: file, target }: Patch): void {
  const patch = parse(readFileSync(path.join(dir, file), 'utf8')) as KubeObject;
  const targets = objects.filter((object) => isTarget(object, target));
  if (targets.length === 0) throw new Error(`${dir}: ${file} changes nothing`);
  for (const object of targets) {
    const { apiVersion, kind, metadata } = object;
    const name = metadata.name;
    Object.assign(object, merge(object, patch), { apiVersion, kind });
    object.metadata = { ...object.metadata, name };
  }
}

function isTarget(object: KubeObject, { kind, name = '.*', labelSelector = '' }: Patch['target']): boolean {
  const [label = '', value] = labelSelector.split('=');
  return (
    new RegExp(`^(${kind})$`).test(object.kind) &&
    new RegExp(`^(${name})$`).test(object.metadata.name) &&
    (labelSelector === '' || object.metadata.labels?.[label] === value)
  );
}

/** A strategic merge: maps by key, lists of named things by name, everything else is replaced. */
function merge(old: unknown, change: unknown): unknown {
  if (isNamedList(old) && isNamedList(change)) {
    const kept = old.map((item) => merge(item, change.find(({ name }) => name === item.name) ?? {}));
    return [...kept, ...change.filter(({ name }) => !old.some((item) => item.name === name))];
  }
  if (!isMap(old) || !isMap(change)) return structuredClone(change);
  const merged = Object.entries(change).map(([key, value]) => [key, merge(old[key], value)]);
  return { ...old, ...(Object.fromEntries(merged) as object) };
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNamedList(value: unknown): value is { name: string }[] {
  return Array.isArray(value) && value.every((item) => isMap(item) && typeof item['name'] === 'string');
}

function setImage(objects: KubeObject[], image: NonNullable<Kustomization['images']>[number]): void {
  const workloads = objects.filter(({ kind }) => ['Deployment', 'Job'].includes(kind)) as Workload[];
  for (const { spec } of workloads) {
    for (const container of [...(spec.template.spec.initContainers ?? []), ...spec.template.spec.containers]) {
      if (container.image.split(':')[0] !== image.name) continue;
      const version = image.digest === undefined ? `:${image.newTag ?? ''}` : `@${image.digest}`;
      container.image = `${image.newName ?? image.name}${version}`;
    }
  }
}
