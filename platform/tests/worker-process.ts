// A worker as a process of its own: tells its parent of each run of a job, which ends when the parent says so.
import { once } from 'node:events';
import { createLogger } from '#platform/logger';
import { run } from '#platform/run';
import { createWorker } from '#platform/worker';

await run(() =>
  createWorker<{ note: object }>({
    name: 'test-worker',
    metricsPort: 0,
    databaseUrl: process.env['DATABASE_URL'] ?? '',
    schema: 'social_jobs',
    log: createLogger({ name: 'test', level: 'info' }),
    tasks: {
      note: async () => {
        process.send?.('running');
        await once(process, 'message');
      },
    },
  }),
);
