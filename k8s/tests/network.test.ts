/** Who may call whom: exactly those that the configuration sends there. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { makeSecrets } from '../overlays/local/secrets.ts';
import { build } from './build.ts';
import { environmentOf, root } from './code.ts';
import { containerOf, ofKind, processesOf } from './kinds.ts';
import type { KubeObject, NetworkPolicy } from './kinds.ts';
import { allowedCalls, openTo } from './traffic.ts';

const publicPort = 8080;
const privatePort = 9090;

describe.each(['k8s/overlays/local', 'k8s/overlays/production'])('%s', (place) => {
  const objects = build(path.join(root, place));
  const processes = processesOf(objects);

  test('refuses what no policy allows', () => {
    const refusal = ofKind<NetworkPolicy>(objects, 'NetworkPolicy').find(
      ({ metadata }) => metadata.name === 'default-deny',
    );

    expect(refusal?.spec).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
  });

  test('lets exactly those processes call each other that are told an address', () => {
    const { leaving, entering } = allowedCalls(objects, processes, publicPort);
    const told = configuredCalls(objects);

    expect(leaving.sort()).toEqual(told);
    expect(entering.sort()).toEqual(told);
  });

  test('lets no process of ours reach a private port, and monitoring reach them all', () => {
    const { entering } = allowedCalls(objects, processes, privatePort);

    expect(entering).toEqual([]);
    expect(openTo(objects, processes, 'monitoring', privatePort)).toHaveLength(processes.length);
    expect(openTo(objects, processes, 'monitoring', publicPort)).toEqual([]);
  });

  test('lets the ingress reach the two faces and the receiver of webhooks', () => {
    expect(openTo(objects, processes, 'ingress', publicPort).sort()).toEqual(['bff-admin', 'bff-mobile', 'flagship']);
    expect(openTo(objects, processes, 'ingress', privatePort)).toEqual([]);
  });
});

test('the ingress shows the world both faces, and of flagship the webhooks alone', () => {
  const flagship = parse(readFileSync(path.join(root, 'openapi/flagship.yaml'), 'utf8')) as {
    paths: Record<string, Record<string, { operationId?: string }>>;
  };
  const webhooks = Object.keys(flagship.paths).find(
    (name) => flagship.paths[name]?.['post']?.operationId === 'receiveWebhook',
  );

  const shown = ofKind<Ingress>(build(path.join(root, 'k8s/overlays/production')), 'Ingress').flatMap(({ spec }) =>
    spec.rules.flatMap(({ http }) =>
      http.paths.map(({ path: from, pathType, backend }) => `${pathType} ${from} → ${backend.service.name}`),
    ),
  );

  expect(shown.sort()).toEqual([
    `Exact ${String(webhooks)} → flagship`,
    'Prefix / → bff-admin',
    'Prefix / → bff-mobile',
  ]);
});

interface Ingress extends KubeObject {
  spec: {
    rules: { http: { paths: { path: string; pathType: string; backend: { service: { name: string } } }[] } }[];
  };
}

/** `from → to` for every variable of a process that holds the address of another one. */
function configuredCalls(objects: KubeObject[]): string[] {
  const processes = processesOf(objects);
  const names = new Set(processes.map(({ metadata }) => metadata.name));
  const secrets = makeSecrets();
  return processes
    .flatMap((workload) =>
      Object.values(environmentOf(objects, containerOf(workload), secrets))
        .filter((value) => value.startsWith('http://'))
        .map((value) => new URL(value).hostname)
        .filter((host) => names.has(host))
        .map((host) => `${workload.metadata.name} → ${host}`),
    )
    .sort();
}
