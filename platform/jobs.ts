/**
 * Work for later, written in the same transaction as its cause: a job exists exactly when the change that needs it was
 * committed. graphile-worker runs it at least once, with backoff, so a job must be safe to run again.
 */
import { EventEmitter } from 'node:events';
import { Logger as GraphileLogger, run as runWorker } from 'graphile-worker';
import type { JobHelpers, TaskList, WorkerEvents } from 'graphile-worker';
import { watchDeadWorkers } from './dead-workers.ts';
import type { Logger } from './logger.ts';
import { newContext, runInContext } from './request-context.ts';

interface Executor {
  $executeRawUnsafe(query: string, ...values: unknown[]): Promise<number>;
}

interface JobOptions {
  /** Not before this time. */
  runAt?: Date;
  /** A pause instead, by the clock of the database: a process whose own clock is wrong neither hurries nor waits. */
  afterMs?: number;
  /** A job with the same key that has not started is replaced. */
  key?: string;
  /** Default 25: spread over about three days. Fewer for what another job makes good: giving up is no error then. */
  maxAttempts?: number;
  /** Jobs with one queue name run one after another. */
  queueName?: string;
}

export interface Queue<Jobs> {
  add<Name extends keyof Jobs & string>(
    tx: Executor,
    name: Name,
    payload: Jobs[Name],
    options?: JobOptions,
  ): Promise<void>;
  /** Jobs of one name, each with a key of its own, in one statement however many they are. */
  addAll<Name extends keyof Jobs & string>(
    tx: Executor,
    name: Name,
    jobs: { payload: Jobs[Name]; key: string }[],
    options?: Pick<JobOptions, 'maxAttempts'>,
  ): Promise<void>;
}

/** The attempts of a job that nothing else makes good; when the last of them fails, somebody must act. */
export const lastingAttempts = 25;

/** What puts jobs into the schema `social_jobs`, `financial_jobs` …; `Jobs` maps each job's name to its payload. */
export function createQueue<Jobs>(schema: string): Queue<Jobs> {
  const sql = `select "${schema}".add_job($1, $2::json, queue_name := $3, run_at := coalesce($4::timestamptz, now() + $7::float8 * interval '1 millisecond'), max_attempts := $5::int, job_key := $6)`;
  const sqlOfAll = `select count(*) from "${schema}".add_jobs((
    select array_agg(($1, job.payload, null, null, $3, job.key, null, null)::"${schema}".job_spec order by job.key)
    from json_to_recordset($2::json) as job(key text, payload json)))`;
  return {
    async add(tx, name, payload, { runAt, afterMs, key, maxAttempts, queueName } = {}) {
      await tx.$executeRawUnsafe(
        sql,
        ...[
          name,
          JSON.stringify(payload),
          queueName ?? null,
          runAt ?? null,
          maxAttempts ?? lastingAttempts,
          key ?? null,
          afterMs ?? 0,
        ],
      );
    },
    async addAll(tx, name, jobs, { maxAttempts } = {}) {
      if (jobs.length === 0) return;
      await tx.$executeRawUnsafe(sqlOfAll, name, JSON.stringify(jobs), maxAttempts ?? lastingAttempts);
    },
  };
}

/** What runs each job. Each run has its own trace id and a deadline. */
export type Tasks<Jobs> = {
  [Name in keyof Jobs]: (payload: Jobs[Name], job: { attempts: number; id: string }) => Promise<void>;
};

type Task = (payload: unknown, job: { attempts: number; id: string }) => Promise<void>;

interface WorkerOptions<Jobs> {
  /** The URL of the runtime role, which owns the job schema. */
  url: string;
  schema: string;
  tasks: Tasks<Jobs>;
  log: Logger;
  concurrency?: number;
  /** Lines in crontab form that add jobs by the clock (https://worker.graphile.org/docs/cron). */
  crontab?: string;
}

const longestJobMs = 60_000;

/** Starts working; `stop` waits for the jobs at hand. The jobs of a killed worker are taken up within seconds. */
export async function startJobs<Jobs>(options: WorkerOptions<Jobs>): Promise<{ stop(): Promise<void> }> {
  const { url, schema, log } = options;
  const tasks = Object.entries(options.tasks as Record<string, Task>).map(([name, task]) => [
    name,
    (payload: unknown, { job }: JobHelpers) =>
      runInContext(newContext(longestJobMs), () => runTask({ name, job, log }, () => task(payload, job))),
  ]);
  const concurrency = options.concurrency ?? 4;
  const watch = watchDeadWorkers({ url, schema, log });
  const events: WorkerEvents = new EventEmitter();
  events.on('pool:create', ({ workerPool }) => {
    watch.begin(workerPool.id);
  });
  const runner = await runWorker({
    events,
    connectionString: url,
    schema,
    taskList: Object.fromEntries(tasks) as TaskList,
    concurrency,
    maxPoolSize: concurrency + 2,
    pollInterval: 1_000,
    noHandleSignals: true,
    logger: new GraphileLogger(() => (level, message) => {
      log[(level as string) === 'warning' ? 'warn' : 'debug']({ worker: message });
    }),
    ...(options.crontab === undefined ? { parsedCronItems: [] } : { crontab: options.crontab }),
  }).catch(async (error: unknown) => {
    await watch.stop();
    throw error;
  });
  return {
    stop: async () => {
      try {
        await runner.stop();
      } finally {
        await watch.stop();
      }
    },
  };
}

interface Run {
  name: string;
  job: JobHelpers['job'];
  log: Logger;
}

async function runTask({ name, job, log }: Run, task: () => Promise<void>): Promise<void> {
  const started = performance.now();
  try {
    await task();
    log.info({ job: name, ms: Math.round(performance.now() - started) }, 'job done');
  } catch (error) {
    const facts = { job: name, jobId: job.id, attempt: job.attempts, err: error };
    if (job.attempts < job.max_attempts) log.info(facts, 'job failed and will be tried again');
    else if (job.max_attempts < lastingAttempts) log.info(facts, 'job failed and is given up');
    else log.error(facts, 'job failed for the last time: find out why, then run it again');
    throw error;
  }
}
