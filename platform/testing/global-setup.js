// Plain JavaScript, because jest loads it with Node's own loader.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/**
 * Starts the servers that all test files share. They live in a process of their own, which ends when jest does,
 * however jest ends.
 */
export default async function startTestServers() {
  const started = performance.now();
  // A leash as in leash.ts: when the channel to jest closes, the child stops.
  const leash = `process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))`;
  const child = fork(fileURLToPath(new URL('./test-servers.ts', import.meta.url)), {
    execArgv: ['--import', 'tsx', '--import', `data:text/javascript,${encodeURIComponent(leash)}`],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const [servers] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => {
      throw new Error('the test servers did not start; what they said stands above');
    }),
  ]);
  process.env.CLYNC_TEST_SERVERS = JSON.stringify(servers);
  globalThis.clyncTestServers = child;
  console.log(`test servers ready after ${((performance.now() - started) / 1000).toFixed(1)} s`);
}
