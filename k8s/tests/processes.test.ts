/** The manifests against the code: entries, ports, probes, variables, migrations. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHealth } from '#platform/health';
import { listOwners } from '#platform/database-setup';
import { startPrivateServer } from '#platform/private-server';
import { longestStopMs } from '#platform/run';
import { createTelemetry } from '#platform/telemetry';
import { makeSecrets } from '../overlays/local/secrets.ts';
import { build } from './build.ts';
import { environmentOf, listProcesses, readConfigOf, root } from './code.ts';
import { containerOf, ofKind, processesOf } from './kinds.ts';
import type { Probe, Workload } from './kinds.ts';

const overlays = ['k8s/overlays/local', 'k8s/overlays/production'];
const entries = listProcesses();

describe.each(overlays)('%s', (place) => {
  const objects = build(path.join(root, place));
  const processes = processesOf(objects);
  const secrets = makeSecrets();

  function environment(workload: Workload): Record<string, string> {
    const env = environmentOf(objects, containerOf(workload), secrets);
    // The file is made by the stand-in's container; any other that exists will do here.
    return 'ENTRA_CA_FILE' in env ? { ...env, ENTRA_CA_FILE: path.join(root, 'package.json') } : env;
  }

  test('has one Deployment for each process of the code, started by its own entry', () => {
    const commands = processes.map((workload) => [workload.metadata.name, containerOf(workload).command]);

    expect(Object.fromEntries(commands)).toEqual(
      Object.fromEntries(Object.entries(entries).map(([name, entry]) => [name, ['node', `dist/${entry}.js`]])),
    );
    expect(commands).toHaveLength(Object.keys(entries).length);
  });

  test.each(processes.map((workload) => [workload.metadata.name, workload] as const))(
    'gives %s the variables that it reads, all of them and no others',
    async (name, workload) => {
      const env = environment(workload);

      const asked = await readConfigOf(entries[name] ?? '', env);

      expect(Object.keys(env).filter((variable) => !asked.has(variable))).toEqual([]);
    },
  );

  test('opens the ports that the processes listen on', () => {
    for (const workload of processes) {
      const { PORT, METRICS_PORT } = environment(workload);
      const ports = [
        ...(PORT === undefined ? [] : [{ name: 'http', containerPort: Number(PORT) }]),
        { name: 'private', containerPort: Number(METRICS_PORT) },
      ];
      expect([workload.metadata.name, containerOf(workload).ports]).toEqual([workload.metadata.name, ports]);
    }
  });

  test('has a Service for each process with a public port, and for no other', () => {
    const http = processes.filter((workload) => 'PORT' in environment(workload));
    const services = ofKind(objects, 'Service').filter(({ metadata }) => metadata.name in entries);

    expect(Object.fromEntries(services.map(({ metadata, spec }) => [metadata.name, spec]))).toEqual(
      Object.fromEntries(
        http.map(({ metadata, spec }) => [
          metadata.name,
          {
            selector: spec.selector?.matchLabels,
            ports: [{ name: 'http', port: 80, targetPort: 'http', appProtocol: 'http' }],
          },
        ]),
      ),
    );
  });

  test('gives a stopping process the time to drain and to end by itself', () => {
    for (const workload of processes) {
      const graceMs = Number(workload.spec.template.spec.terminationGracePeriodSeconds) * 1000;
      const drainMs = Number(environment(workload)['DRAIN_MS'] ?? 0);
      expect(graceMs).toBeGreaterThan(longestStopMs);
      expect(longestStopMs).toBeGreaterThan(drainMs + 10_000);
    }
  });

  test('labels the pods by what they reach beside our own processes', () => {
    const reasons: Record<string, string[]> = {
      'reaches-database': ['DATABASE_URL'],
      'reaches-blobs': ['BLOB_CONNECTION_STRING', 'BLOB_ACCOUNT_URL'],
      'reaches-provider': ['PROVIDER_URL'],
      'reaches-push': ['AZURE_NOTIFICATION_HUB_NAME'],
      'reaches-mail': ['SMTP_URL'],
      'reaches-identity-provider': ['ENTRA_AUTHORITY', 'BLOB_ACCOUNT_URL'],
    };
    for (const workload of processes) {
      const labels = Object.keys(workload.spec.template.metadata.labels).filter((label) =>
        label.startsWith('reaches-'),
      );
      const env = environment(workload);
      const expected = Object.keys(reasons).filter((label) => reasons[label]?.some((variable) => variable in env));
      expect([workload.metadata.name, ...labels.sort()]).toEqual([workload.metadata.name, ...expected.sort()]);
    }
  });
});

test('the stand-ins of the local cluster get the variables that they read, all of them and no others', async () => {
  const objects = build(path.join(root, 'k8s/overlays/local'));
  const containers = ofKind<Workload>(objects, 'Deployment')
    .flatMap(({ spec }) => [...(spec.template.spec.initContainers ?? []), ...spec.template.spec.containers])
    .filter(({ command = [] }) => command.at(-1)?.startsWith('dev/'));

  for (const container of containers) {
    const entry = container.command?.at(-1)?.replace(/\.ts$/, '') ?? '';
    const env = environmentOf(objects, container, makeSecrets());
    const asked = await readConfigOf(entry, env);
    expect([entry, ...Object.keys(env).filter((variable) => !asked.has(variable))]).toEqual([entry]);
  }
  expect(containers).toHaveLength(3);
});

describe('probes and metrics', () => {
  let server: Awaited<ReturnType<typeof startPrivateServer>>;
  beforeAll(async () => {
    server = await startPrivateServer(0, createHealth({}), createTelemetry('probed'));
  });
  afterAll(() => server.close());

  test('are answered on the private port', async () => {
    for (const workload of processesOf(build(path.join(root, 'k8s/base')))) {
      const { startupProbe, livenessProbe, readinessProbe } = containerOf(workload);
      expect([startupProbe, livenessProbe, readinessProbe].map(placeOf)).toEqual([
        'private /livez',
        'private /livez',
        'private /readyz',
      ]);
    }
    for (const page of ['/livez', '/readyz', '/metrics']) {
      const response = await fetch(`http://127.0.0.1:${String(server.port)}${page}`);
      expect([page, response.status]).toEqual([page, 200]);
    }
  });
});

describe('migrations', () => {
  const jobs = ofKind<Workload>(build(path.join(root, 'k8s/base')), 'Job');

  test('are one Job for each owner, with the URL of the role that owns the schema', () => {
    const found = jobs.map((job) => {
      const { command = [], env = [] } = containerOf(job);
      return [command.at(-1), command.slice(0, -1).join(' '), env.map(({ name }) => name)];
    });

    expect(found.sort()).toEqual(
      listOwners()
        .map((owner) => [owner, 'node platform/migrate.js deploy', [`${owner.toUpperCase()}_OWNER_DATABASE_URL`]])
        .sort(),
    );
  });

  test.each(jobs.map((job) => [job.metadata.name, job] as const))('%s runs a command that exists', (_name, job) => {
    const { command = [], env = [] } = containerOf(job);
    const [, script = '', ...words] = command;
    const source = path.join(root, script.replace(/\.js$/, '.ts'));

    const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', source, ...words], {
      cwd: root,
      env: { PATH: process.env['PATH'] },
      encoding: 'utf8',
    });

    expect(status).toBe(1);
    expect(stderr).toContain(env[0]?.name);
  });
});

describe('the image', () => {
  const dockerfile = readFileSync(path.join(root, 'Dockerfile'), 'utf8');

  test('runs as the user that the pods run as', () => {
    const [pod] = processesOf(build(path.join(root, 'k8s/base')));
    const { runAsUser, runAsGroup } = pod?.spec.template.spec.securityContext ?? {};

    expect(dockerfile).toContain(`\nUSER ${String(runAsUser)}:${String(runAsGroup)}\n`);
  });

  test('keeps its parts where the commands look for them', () => {
    expect(dockerfile).toContain('ARG NODE_IMAGE=node:24-bookworm-slim');
    expect(dockerfile).toContain('COPY --from=build /build/dist dist');
    expect(Object.values(entries).every((entry) => existsSync(path.join(root, `${entry}.ts`)))).toBe(true);
    for (const job of ofKind<Workload>(build(path.join(root, 'k8s/base')), 'Job')) {
      expect(containerOf(job).workingDir).toBe('/app/dist');
    }
  });
});

function placeOf(probe: Probe | undefined): string {
  return `${probe?.httpGet?.port ?? ''} ${probe?.httpGet?.path ?? ''}`;
}
