import { run } from '#platform/run';
import { readWorkerConfig } from './config.ts';
import { createAdminWorker } from './jobs/worker.ts';

await run(() => createAdminWorker(readWorkerConfig(process.env)));
