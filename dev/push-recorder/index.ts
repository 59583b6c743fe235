import { readConfig } from './config.ts';
import { startPushRecorder } from './recorder.ts';

const recorder = await startPushRecorder(readConfig(process.env));
console.log(`The push recorder listens at ${recorder.url}`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void recorder.stop());
