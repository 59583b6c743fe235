import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createLogger } from '#platform/logger';
import type { SandboxConfig } from '../../../dev/flagship-sandbox/config.ts';
import { createFlagshipSandbox } from '../../../dev/flagship-sandbox/sandbox.ts';
import { testSettings } from '#platform/testing/test-settings';

export const redirectUri = 'http://127.0.0.1:1/v1/connections/callback';
export const webhookSecrets = ['new', 'old'].map(() => `whsec_${randomBytes(32).toString('base64')}`);
const client = { clientId: 'clync-test', clientSecret: randomBytes(16).toString('base64url') };

/** The real sandbox on a port of its own, with its controls. It can be stopped and started again on its data. */
export async function startSandbox({
  port,
  webhookUrl,
  seed = 'test',
}: {
  port: number;
  webhookUrl: string;
  seed?: string;
}) {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'flagship-sandbox-'));
  const url = `http://127.0.0.1:${String(port)}`;
  const config: SandboxConfig = {
    settings: testSettings({ port }),
    publicUrl: url,
    dataDir,
    seed,
    ...client,
    redirectUris: [redirectUri],
    webhookUrl,
    webhookSecrets,
    settlementMs: 200,
  };
  const start = async () => {
    const sandbox = createFlagshipSandbox(config, createLogger({ name: 'flagship-sandbox', level: 'silent' }));
    await sandbox.start();
    return sandbox;
  };
  let running: Awaited<ReturnType<typeof start>> | undefined = await start();

  async function control<T>(method: string, target: string, body?: object): Promise<T> {
    const response = await fetch(`${url}/sandbox${target}`, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    if (!response.ok) throw new Error(`${method} ${target}: ${String(response.status)} ${await response.text()}`);
    return (await response.json()) as T;
  }

  return {
    url,
    client,
    setFaults: (faults: object) => control('PUT', '/faults', faults),
    /** What the provider offers: all of it, less what is named. */
    setCapabilities: (capabilities: object) => control('PUT', '/capabilities', capabilities),
    advanceClock: (seconds: number) => control('POST', '/clock/advance', { seconds }),
    runScenario: (name: string, id: string) => control('POST', `/scenarios/${name}`, { id }),
    addTransaction: (accountId: string, transaction: object) =>
      control<{ id: string }>('POST', `/accounts/${accountId}/transactions`, transaction),
    /** Undefined when the provider never recorded it. */
    findTransfer: (id: string) =>
      control<{ status: string; createCalls: number }>('GET', `/transfers/${id}`).catch(() => undefined),
    start: async () => {
      running ??= await start();
    },
    stop: async () => {
      await running?.stop();
      running = undefined;
    },
    remove: () => {
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
