import { createLogger } from '#platform/logger';
import { run } from '#platform/run';
import { readConfig } from './config.ts';
import { createFlagshipSandbox } from './sandbox.ts';

await run(() => {
  const config = readConfig(process.env);
  return createFlagshipSandbox(config, createLogger({ name: 'flagship-sandbox', level: config.settings.logLevel }));
});
