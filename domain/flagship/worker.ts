import { run } from '#platform/run';
import { readWorkerConfig } from './config.ts';
import { createFlagshipWorker } from './jobs/worker.ts';

await run(() => createFlagshipWorker(readWorkerConfig(process.env)));
