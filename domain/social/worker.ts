import { run } from '#platform/run';
import { readWorkerConfig } from './config.ts';
import { createSocialWorker } from './jobs/worker.ts';

await run(() => createSocialWorker(readWorkerConfig(process.env)));
