import { spawnSync } from 'node:child_process';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from './kinds.ts';

/** Whether this machine has a kubectl that can build a kustomization. */
export function hasKubectl(): boolean {
  return spawnSync('kubectl', ['kustomize', '--help']).status === 0;
}

/** What `kubectl kustomize` builds, with the hashes taken off the names of ConfigMaps. */
export function buildWithKubectl(dir: string): KubeObject[] {
  const { status, stdout, stderr } = spawnSync('kubectl', ['kustomize', dir], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`kubectl kustomize ${dir}: ${stderr}`);
  const text = [...stdout.matchAll(/^kind: ConfigMap\nmetadata:\n {2}name: (.+)$/gm)].reduce(
    (all, [, name = '']) => all.replaceAll(`name: ${name}\n`, `name: ${name.replace(/-[a-z0-9]{10}$/, '')}\n`),
    stdout,
  );
  return parseAllDocuments(text).map((document) => document.toJS() as KubeObject);
}
