import type { Tx } from '../context.ts';

/** What waits for an account or was given up: it names the person, and a mail may say where it was to go. */
export async function eraseJobs(tx: Tx, accountId: string): Promise<void> {
  await tx.$executeRaw`
    DELETE FROM social_jobs._private_jobs j
    USING account a
    WHERE a.id = ${accountId}::uuid AND j.locked_at IS NULL
      AND (j.payload ->> 'accountId' = a.id::text OR (j.payload ->> 'email')::citext = a.email)`;
}
