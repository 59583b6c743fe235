import { run } from '#platform/run';
import { readServiceConfig } from './config.ts';
import { createSocialService } from './service.ts';

await run(() => createSocialService(readServiceConfig(process.env)));
