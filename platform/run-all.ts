/**
 * Runs steps that do not need each other, one after another, whatever became of those before.
 * @throws AggregateError of what went wrong, when all have been tried
 */
export async function runAll(steps: (() => Promise<unknown>)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const step of steps) await step().catch((error: unknown) => errors.push(error));
  if (errors.length > 0)
    throw new AggregateError(errors, `${String(errors.length)} of ${String(steps.length)} steps failed`);
}
