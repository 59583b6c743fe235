/** As many as the promises speak of. */
export const manyWorkers = 16;

/** Runs `work` in so many places at once, in each again and again while `goesOn`. */
export async function runWorkers(count: number, goesOn: () => boolean, work: () => Promise<void>): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, async () => {
      while (goesOn()) await work();
    }),
  );
}
