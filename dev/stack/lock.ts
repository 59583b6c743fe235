import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** A process, told apart from a later one that was given the same id. */
interface ProcessMark {
  pid: number;
  /** When it started, in the system's own count; undefined where the system does not say. */
  startedAt: string | undefined;
}

interface LockFile {
  supervisor: ProcessMark;
  children: ProcessMark[];
}

export interface DevDirLock {
  /** True when an earlier run ended without releasing the folder (kill -9, power cut). */
  wasStale: boolean;
  /** Remembers a child, so that the next run can end it if this one dies. */
  add(pid: number): void;
  release(): void;
}

/** Takes the development folder for this process; throws when a living stack has it. Ends what a dead one left behind. */
export function lockDevDir(devDir: string): DevDirLock {
  mkdirSync(devDir, { recursive: true });
  const file = path.join(devDir, 'stack.lock');
  const earlier = readLock(file);
  if (earlier && isSame(earlier.supervisor)) {
    throw new Error(
      `another stack (process ${String(earlier.supervisor.pid)}) uses ${devDir}: stop it, or choose another CLYNC_DEV_DIR`,
    );
  }
  for (const child of earlier?.children ?? []) if (isSame(child)) killGroup(child.pid);

  const lock: LockFile = { supervisor: markOf(process.pid), children: [] };
  const save = (): void => {
    writeFileSync(file, JSON.stringify(lock));
  };
  save();
  return {
    wasStale: earlier !== undefined,
    add(pid) {
      lock.children = [...lock.children.filter(isSame), markOf(pid)];
      save();
    },
    release() {
      rmSync(file, { force: true });
    },
  };
}

function readLock(file: string): LockFile | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as LockFile;
  } catch {
    return undefined;
  }
}

function markOf(pid: number): ProcessMark {
  return { pid, startedAt: startOf(pid) };
}

function isSame({ pid, startedAt }: ProcessMark): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return startOf(pid) === startedAt;
}

/** Field 22 of /proc/[pid]/stat; the name in field 2 may hold spaces, so the count starts behind it. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

/** Each child leads a process group of its own. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It is gone.
  }
}
