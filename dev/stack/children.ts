import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { createChildLog } from './child-log.ts';
import type { ChildLog } from './child-log.ts';
import { createChild } from './child.ts';
import type { Child } from './child.ts';
import type { DevDirLock } from './lock.ts';
import type { ProcessPlan } from './plan.ts';
import { ServerChild } from './server-child.ts';
import type { Server } from './server-child.ts';

/** All processes of a stack, in the order in which they must stop. */
export interface Children {
  addProcess(plan: ProcessPlan): Child;
  /** PostgreSQL and Azurite: everything else stands on them, so they stop last. */
  addServer<S extends Server>(name: string, begin: (logFile: string) => Promise<S>): ServerChild<S>;
  get: (name: string) => Child;
  stop: () => Promise<void>;
  /** Kills everything at once. */
  abandon: () => void;
}

export function createChildren(options: {
  devDir: string;
  lock: DevDirLock;
  /** Arguments of Node.js itself, for each process. */
  nodeFlags: string[];
  say: (line: string) => void;
}): Children {
  const { devDir, lock, nodeFlags, say } = options;
  const processes = new Map<string, Child>();
  const servers = new Map<string, Child>();
  const logs: ChildLog[] = [];
  const onSpawn = (pid: number): void => {
    lock.add(pid);
  };
  const logFile = (name: string): string => path.resolve(devDir, 'logs', `${name}.log`);
  mkdirSync(path.join(devDir, 'logs'), { recursive: true });

  return {
    addProcess(plan) {
      const log = createChildLog(logFile(plan.name), (line) => {
        say(`${plan.name}  ${line}`);
      });
      const child = createChild(plan, { log, onSpawn, say, nodeFlags });
      logs.push(log);
      processes.set(plan.name, child);
      return child;
    },
    addServer(name, begin) {
      const child = new ServerChild(name, () => begin(logFile(name)), { onSpawn, say });
      servers.set(name, child);
      return child;
    },
    get(name) {
      const child = processes.get(name) ?? servers.get(name);
      if (!child) throw new Error(`no ${name}; there are ${[...processes.keys(), ...servers.keys()].join(', ')}`);
      return child;
    },
    async stop() {
      await Promise.all([...processes.values()].map((child) => child.stop()));
      await Promise.all([...servers.values()].map((child) => child.stop()));
      await Promise.all(logs.map((log) => log.close()));
    },
    abandon() {
      for (const { pid } of [...processes.values(), ...servers.values()]) {
        if (pid !== undefined) killQuietly(pid);
      }
    },
  };
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone.
  }
}
