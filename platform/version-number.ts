/** Versions such as `2.4.1`, compared number by number: 2.10 is after 2.9, and 2 is 2.0. */

/** What a version header says: its leading numbers, whatever follows them; undefined when it begins with none. */
export function readVersion(text: string | undefined): string | undefined {
  return /^\s*v?(\d{1,5}(?:\.\d{1,5}){0,3})(?![\d])/.exec(text ?? '')?.[1];
}

/** Below zero when `a` is before `b`, above when it is after, zero when they are the same. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  for (let place = 0; place < 4; place += 1) {
    const difference = (left?.[place] ?? 0) - (right?.[place] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
