// CPU time of processes from /proc, which only Linux has.
import { existsSync, readFileSync, readdirSync } from 'node:fs';

/** Linux counts in hundredths of a second. */
const tickMs = 10;

export const canReadCpu = existsSync('/proc/self/stat');

/** Milliseconds of CPU (user and system) that a process has used, with its children when `withChildren`. */
export function readCpuMs(pid: number, { withChildren = false } = {}): number {
  const own = readStat(pid);
  if (!own) return 0;
  if (!withChildren) return own.ownMs;
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readStat(Number(name)) ?? [])
    .filter(({ parent }) => parent === pid);
  return children.reduce((sum, child) => sum + child.ownMs, own.ownMs + own.endedChildrenMs);
}

interface Stat {
  parent: number;
  ownMs: number;
  /** Of children that have ended, such as a database connection that was closed. */
  endedChildrenMs: number;
}

/** See proc_pid_stat(5); the name in parentheses may hold spaces, so fields are counted from its end. */
function readStat(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [, parent = 0] = fields;
    const [user = 0, system = 0, childrenUser = 0, childrenSystem = 0] = fields.slice(11, 15);
    return {
      parent,
      ownMs: (user + system) * tickMs,
      endedChildrenMs: (childrenUser + childrenSystem) * tickMs,
    };
  } catch {
    return undefined; // it has ended meanwhile
  }
}
