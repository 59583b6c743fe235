// Azure's own emulator of Blob Storage, from npm, for development and tests.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync } from 'node:fs';
import { createRequire } from 'node:module';
import { BlobServiceClient } from '@azure/storage-blob';
import { leashArguments } from './leash.ts';
import { waitFor } from './wait.ts';

export interface AzuriteOptions {
  dataDir: string;
  port: number;
  /** Key of the account `clync`, in base64. */
  accountKey: string;
  /** Other accounts with the same key. */
  otherAccounts?: string[];
  logFile: string;
}

export interface Azurite {
  connectionString: string;
  process: ChildProcess;
  stop(): Promise<void>;
}

/** Starts Azurite, waits until it answers, and lets browsers upload to it (CORS). */
export async function startAzurite(options: AzuriteOptions): Promise<Azurite> {
  const { dataDir, port, accountKey, otherAccounts = [], logFile } = options;
  const main = createRequire(import.meta.url).resolve('azurite/dist/src/blob/main.js');
  const place = ['--blobHost', '127.0.0.1', '--blobPort', String(port), '--location', dataDir];
  const manners = ['--skipApiVersionCheck', '--disableProductStyleUrl', '--silent', '--disableTelemetry'];
  const accounts = ['clync', ...otherAccounts];
  mkdirSync(dataDir, { recursive: true });
  const log = openSync(logFile, 'a');
  const child = spawn(process.execPath, [...leashArguments, main, ...place, ...manners], {
    env: { ...process.env, AZURITE_ACCOUNTS: accounts.map((name) => `${name}:${accountKey}`).join(';') },
    stdio: ['ignore', log, log, 'ipc'],
    detached: true,
  });
  const url = `http://127.0.0.1:${String(port)}`;
  await waitFor('Azurite to answer', () => child.exitCode !== null || answers(url), { everyMs: 50 });
  if (child.exitCode !== null) throw new Error(`Azurite did not start on port ${String(port)}; its log: ${logFile}`);

  const connectionString = `DefaultEndpointsProtocol=http;AccountName=clync;AccountKey=${accountKey};BlobEndpoint=${url}/clync;`;
  await allowBrowsers(connectionString);
  return { connectionString, process: child, stop: () => stop(child) };
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  );
}

async function allowBrowsers(connectionString: string): Promise<void> {
  const rule = {
    allowedOrigins: '*',
    allowedMethods: 'GET,HEAD,PUT,OPTIONS',
    allowedHeaders: '*',
    exposedHeaders: '*',
    maxAgeInSeconds: 3600,
  };
  await BlobServiceClient.fromConnectionString(connectionString).setProperties({ cors: [rule] });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 3_000);
  await ended;
  clearTimeout(timer);
}
