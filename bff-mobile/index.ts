import { run } from '#platform/run';
import { readConfig } from './config.ts';
import { createMobileService } from './service.ts';

await run(() => createMobileService(readConfig(process.env)));
