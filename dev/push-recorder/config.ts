import { port, readEnv, withDefault } from '#platform/env';

export type PushRecorderConfig = { port: number };

export function readConfig(env: NodeJS.ProcessEnv): PushRecorderConfig {
  const read = readEnv(env, { PORT: withDefault(port(), 4310) });
  return { port: read.PORT };
}
