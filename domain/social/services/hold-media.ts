import type { Caller } from '#platform/caller';
import type { MediaStatus } from '#prisma/social';
import type { Tx } from '../context.ts';

interface HeldMedia {
  id: string;
  status: MediaStatus;
  altText: string | null;
}

/**
 * Those of the named pictures that are the caller's. They stay until the end of the transaction: the job that removes what nothing
 * shows waits for it, and sees then what it made of them.
 */
export function holdMedia(tx: Tx, { userId }: Caller, mediaIds: string[]): Promise<HeldMedia[]> {
  return tx.$queryRaw<HeldMedia[]>`
    SELECT id, status, alt_text AS "altText" FROM media
    WHERE id = ANY (${mediaIds}::uuid[]) AND account_id = ${userId}::uuid
    ORDER BY id FOR KEY SHARE`;
}
