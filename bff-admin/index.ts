import { run } from '#platform/run';
import { readConfig } from './config.ts';
import { createAdminService } from './service.ts';

await run(() => createAdminService(readConfig(process.env)));
