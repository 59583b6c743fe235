import { run } from '#platform/run';
import { readConfig } from './config.ts';
import { createFlagshipService } from './service.ts';

await run(() => createFlagshipService(readConfig(process.env)));
