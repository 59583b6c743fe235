import { run } from '#platform/run';
import { readWorkerConfig } from './config.ts';
import { createFinancialWorker } from './jobs/worker.ts';

await run(() => createFinancialWorker(readWorkerConfig(process.env)));
