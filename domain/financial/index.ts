import { run } from '#platform/run';
import { readConfig } from './config.ts';
import { createFinancialService } from './service.ts';

await run(() => createFinancialService(readConfig(process.env)));
