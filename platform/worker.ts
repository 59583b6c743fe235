import { createHealth } from './health.ts';
import type { ReadinessCheck } from './health.ts';
import { startJobs } from './jobs.ts';
import type { Tasks } from './jobs.ts';
import type { Logger } from './logger.ts';
import { startPrivateServer } from './private-server.ts';
import { createTelemetry } from './telemetry.ts';

interface WorkerProcess<Jobs> {
  name: string;
  metricsPort: number;
  databaseUrl: string;
  /** The schema of the queue, such as `social_jobs`. */
  schema: string;
  tasks: Tasks<Jobs>;
  log: Logger;
  concurrency?: number;
  crontab?: string;
  checks?: Record<string, ReadinessCheck>;
  resources?: { close(): unknown }[];
}

/** A process that runs the jobs of one service. Its only port is the private one (probes and metrics). */
export function createWorker<Jobs>(options: WorkerProcess<Jobs>) {
  let jobs: { stop(): Promise<void> } | undefined;
  const health = createHealth({ ...options.checks, queue: () => assertWorking(jobs) });
  let server: Awaited<ReturnType<typeof startPrivateServer>> | undefined;
  return {
    async start() {
      // First, so that a worker that waits for its database is alive and not ready.
      server = await startPrivateServer(options.metricsPort, health, createTelemetry(options.name));
      jobs = await startWhenPossible(() => startJobs({ ...options, url: options.databaseUrl }), options.log);
      options.log.info({ metricsPort: server.port }, 'working');
    },
    async stop() {
      health.beginStop();
      await jobs?.stop();
      await server?.close();
      for (const resource of options.resources ?? []) await resource.close();
      options.log.info('stopped');
    },
  };
}

function assertWorking(jobs: object | undefined): Promise<void> {
  return jobs ? Promise.resolve() : Promise.reject(new Error('the queue is not there yet'));
}

/** The database may come up after us: start order does not matter. */
async function startWhenPossible<T>(start: () => Promise<T>, log: Logger): Promise<T> {
  for (;;) {
    try {
      return await start();
    } catch (error) {
      log.info({ err: error }, 'the queue is not there yet; trying again');
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  }
}
