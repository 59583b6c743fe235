import { run } from '#platform/run';
import { readServiceConfig } from './config.ts';
import { createFinancialService } from './service.ts';

await run(() => createFinancialService(readServiceConfig(process.env)));
