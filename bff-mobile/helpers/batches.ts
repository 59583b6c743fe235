/** As many as a service takes in one call. */
const mostAtOnce = 100;

/** Each once, in batches that a service takes. */
export function batchesOf<T>(items: Iterable<T>): T[][] {
  const once = [...new Set(items)];
  return Array.from({ length: Math.ceil(once.length / mostAtOnce) }, (_, batch) =>
    once.slice(batch * mostAtOnce, (batch + 1) * mostAtOnce),
  );
}
