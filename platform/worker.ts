import { problemOfDatabaseError } from './database-errors.ts';
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
  const jobs = keepWorking(options);
  const health = createHealth({ ...options.checks, queue: jobs.check });
  let server: Awaited<ReturnType<typeof startPrivateServer>> | undefined;
  return {
    async start() {
      // First, so that a worker that waits for its database is alive and not ready.
      server = await startPrivateServer(options.metricsPort, health, createTelemetry(options.name));
      await jobs.start();
      options.log.info({ metricsPort: server.port }, 'working');
    },
    async stop() {
      health.beginStop();
      await jobs.stop();
      await server?.close();
      for (const resource of options.resources ?? []) await resource.close();
      options.log.info('stopped');
    },
  };
}

/**
 * Runs the jobs, and begins anew when the database went away under them: graphile-worker does not catch that it could not
 * write down how a job ended, which would end the process. The jobs at hand are freed as those of a dead worker are.
 */
function keepWorking<Jobs>({ databaseUrl, ...options }: WorkerProcess<Jobs>) {
  let jobs: { stop(): Promise<void> } | undefined;

  async function start(): Promise<void> {
    jobs = await startWhenPossible(() => startJobs({ ...options, url: databaseUrl }), options.log);
  }

  function onUnhandled(error: unknown): void {
    if (problemOfDatabaseError(error)?.code !== 'database_unavailable') throw error;
    const lost = jobs;
    if (!lost) return;
    jobs = undefined;
    options.log.info({ err: error }, 'the database went away; the jobs begin anew');
    void lost.stop().then(start, start);
  }

  return {
    start: () => {
      process.on('unhandledRejection', onUnhandled);
      return start();
    },
    stop: async () => {
      await jobs?.stop();
      process.off('unhandledRejection', onUnhandled);
    },
    check: () => (jobs ? Promise.resolve() : Promise.reject(new Error('the queue is not there'))),
  };
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
