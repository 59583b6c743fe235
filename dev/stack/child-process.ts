import type { ChildProcess } from 'node:child_process';

/** True until it has ended. */
export function isAlive(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

/** How it ended: `SIGKILL`, or `exit code 1`. */
export function endOf(child: ChildProcess): string {
  return child.signalCode ?? `exit code ${String(child.exitCode)}`;
}

/** Kills a process that leads a group, with everything that it started. */
export function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL'); // there are no groups on Windows
  }
}
