import { run } from '#platform/run';
import { readServiceConfig } from './config.ts';
import { createFlagshipService } from './service.ts';

await run(() => createFlagshipService(readServiceConfig(process.env)));
