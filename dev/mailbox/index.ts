import { run } from '#platform/run';
import { readConfig } from './config.ts';
import { createMailbox } from './mailbox.ts';

await run(() => createMailbox(readConfig(process.env)));
