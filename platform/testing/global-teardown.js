import { once } from 'node:events';

/** Stops what global-setup.js started. */
export default async function stopTestServers() {
  const child = globalThis.clyncTestServers;
  if (!child || child.exitCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}
