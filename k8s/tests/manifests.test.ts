/** What is true of every manifest, whatever the code says. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import * as core from 'kubernetes-models/v1';
import * as apps from 'kubernetes-models/apps/v1';
import * as autoscaling from 'kubernetes-models/autoscaling/v2';
import * as batch from 'kubernetes-models/batch/v1';
import * as networking from 'kubernetes-models/networking.k8s.io/v1';
import * as policy from 'kubernetes-models/policy/v1';
import { makeSecrets } from '../overlays/local/secrets.ts';
import { build } from './build.ts';
import { root } from './code.ts';
import { containerOf, ofKind, processesOf } from './kinds.ts';
import type { KubeObject, Workload } from './kinds.ts';
import { buildWithKubectl, hasKubectl } from './kubectl.ts';

const places = ['k8s/base', 'k8s/overlays/local', 'k8s/overlays/production'];
const withKubectl = hasKubectl();
if (!withKubectl) console.log('kubectl is not here: the manifests are built by k8s/tests/build.ts alone');

const models: Record<string, Record<string, unknown>> = {
  v1: core,
  'apps/v1': apps,
  'autoscaling/v2': autoscaling,
  'batch/v1': batch,
  'networking.k8s.io/v1': networking,
  'policy/v1': policy,
};

describe.each(places)('%s', (place) => {
  const objects = build(path.join(root, place));
  const workloads = ofKind<Workload>(objects, 'Deployment', 'Job');

  (withKubectl ? test : test.skip)('is what kubectl kustomize builds', () => {
    expect(sortObjects(objects)).toEqual(sortObjects(buildWithKubectl(path.join(root, place))));
  });

  test('has valid objects, each once, all in one namespace', () => {
    const names = objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);

    expect(objects.flatMap(findFaults)).toEqual([]);
    expect(names).toEqual([...new Set(names)]);
    expect(new Set(objects.map(({ kind, metadata }) => kind === 'Namespace' || metadata.namespace))).toEqual(
      new Set([true, 'clync']),
    );
  });

  test('runs no container with rights, with a writable file system, or without bounds', () => {
    for (const { spec } of workloads) {
      const pod = spec.template.spec;
      expect(pod).toMatchObject({
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      });
      expect(pod.securityContext?.['runAsUser']).toBeGreaterThan(0);
      for (const container of [...(pod.initContainers ?? []), ...pod.containers]) {
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        expect(container.resources).toMatchObject({
          requests: { cpu: expect.any(String), memory: expect.any(String) },
          limits: { memory: expect.any(String) },
        });
      }
    }
  });

  test('names an exact version of every image', () => {
    const containers = workloads.flatMap(({ spec }) => [
      ...(spec.template.spec.initContainers ?? []),
      ...spec.template.spec.containers,
    ]);

    for (const { image } of containers) {
      expect(image).toMatch(/:[\w.-]+$|@sha256:[0-9a-f]{64}$/);
      expect(image).not.toMatch(/:latest$/);
    }
  });

  test('replaces, spreads and protects every process', () => {
    const budgets = ofKind(objects, 'PodDisruptionBudget');
    for (const process_ of processesOf(objects)) {
      const { name } = process_.metadata;
      expect(process_.spec.strategy).toEqual({
        type: 'RollingUpdate',
        rollingUpdate: { maxUnavailable: 0, maxSurge: 1 },
      });
      expect(process_.spec.template.spec.topologySpreadConstraints).toHaveLength(2);
      expect(process_.spec.template.metadata.labels).toMatchObject(process_.spec.selector?.matchLabels ?? {});
      expect(budgets.find(({ metadata }) => metadata.name === name)?.['spec']).toEqual({
        maxUnavailable: 1,
        selector: process_.spec.selector,
      });
    }
  });

  test('leaves the number of copies to the autoscaler where there is one', () => {
    const http = processesOf(objects).filter(({ metadata }) => !metadata.name.endsWith('-worker'));
    const scaled = ofKind(objects, 'HorizontalPodAutoscaler').map(({ metadata }) => metadata.name);

    expect(scaled.sort()).toEqual(http.map(({ metadata }) => metadata.name).sort());
    expect(http.map(({ spec }) => spec.replicas)).toEqual(http.map(() => undefined));
  });

  test('holds no secret', () => {
    const secretNames = new Set(Object.values(makeSecrets()).flatMap((entries) => Object.keys(entries)));
    const configured = ofKind(objects, 'ConfigMap').flatMap((map) => Object.keys(map['data'] as object));
    const written = workloads
      .flatMap(({ spec }) => [...(spec.template.spec.initContainers ?? []), ...spec.template.spec.containers])
      .flatMap(({ env = [] }) => env.filter(({ value }) => value !== undefined).map(({ name }) => name));

    expect(ofKind(objects, 'Secret')).toEqual([]);
    expect([...configured, ...written].filter((name) => secretNames.has(name))).toEqual([]);
  });
});

test('no file holds a key, a password or a connection string', () => {
  const files = readdirSync(path.join(root, 'k8s'), { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.(yaml|env)$/.test(file),
  );

  for (const file of files) {
    const text = readFileSync(path.join(root, 'k8s', file), 'utf8');
    expect({ file, secret: /PRIVATE KEY|whsec_|AccountKey=|"d":|:\/\/[^/\s]+:[^/\s]+@/.exec(text) }).toEqual({
      file,
      secret: null,
    });
  }
});

test('every secret of production comes from the vault, and none is asked for in vain', () => {
  const objects = build(path.join(root, 'k8s/overlays/production'));
  const wanted = ofKind<Workload>(objects, 'Deployment', 'Job')
    .flatMap((workload) => containerOf(workload).env ?? [])
    .flatMap(({ valueFrom }) => (valueFrom?.secretKeyRef ? [valueFrom.secretKeyRef] : []))
    .map(({ name, key }) => `${name} ${key}`);
  const supplied = ofKind(objects, 'ExternalSecret').flatMap(({ spec }) => {
    const { target, data } = spec as { target: { name: string }; data: { secretKey: string }[] };
    return data.map(({ secretKey }) => `${target.name} ${secretKey}`);
  });

  expect(supplied.sort()).toEqual([...new Set(wanted)].sort());
});

test('every secret of the local cluster is made, and none in vain', () => {
  const workloads = ofKind<Workload>(build(path.join(root, 'k8s/overlays/local')), 'Deployment', 'Job');
  const wanted = workloads
    .flatMap(({ spec }) => [...(spec.template.spec.initContainers ?? []), ...spec.template.spec.containers])
    .flatMap(({ env = [] }) => env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef ?? []))
    .map(({ name, key }) => `${name} ${key}`);
  const made = Object.entries(makeSecrets()).flatMap(([name, entries]) =>
    Object.keys(entries).map((key) => `${name} ${key}`),
  );

  expect(made.sort()).toEqual([...new Set(wanted)].sort());
});

/** What Kubernetes' own schemas say against an object; the operator's kinds are not among them. */
function findFaults(object: KubeObject): string[] {
  if (object.kind === 'ExternalSecret') return [];
  const Model = models[object.apiVersion]?.[object.kind] as (new (data: object) => { validate(): void }) | undefined;
  if (!Model) return [`${object.kind} ${object.metadata.name} has an unknown kind`];
  try {
    new Model(object).validate();
    return [];
  } catch (error) {
    return [`${object.kind} ${object.metadata.name}: ${String(error)}`];
  }
}

function sortObjects(objects: KubeObject[]): KubeObject[] {
  const key = ({ kind, metadata }: KubeObject) => `${kind} ${metadata.name}`;
  return [...objects].sort((one, other) => key(one).localeCompare(key(other)));
}
