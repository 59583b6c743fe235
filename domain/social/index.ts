import { run } from '#platform/run';
import { readConfig } from './config.ts';
import { createSocialService } from './service.ts';

await run(() => createSocialService(readConfig(process.env)));
