import process from 'node:process';
import { createLogger } from '#platform/logger';
import { run } from '#platform/run';
import { createWorker } from '#platform/worker';
import { readWorkerConfig } from './config.ts';
import { createContext } from './context.ts';
import type { Jobs } from './context.ts';
import { createTasks } from './jobs/tasks.ts';

await run(async () => {
  const config = readWorkerConfig(process.env);
  const name = 'bff-admin-worker';
  const { ctx, check, resources } = await createContext(config, { name });
  return createWorker<Jobs>({
    ...config,
    name,
    schema: 'admin_jobs',
    log: createLogger({ name, level: config.logLevel }),
    tasks: createTasks(ctx),
    crontab: '*/10 * * * * removeEndedSessions',
    checks: { database: check },
    resources,
  });
});
