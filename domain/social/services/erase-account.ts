/**
 * The end of an account: what it did to others is taken back, so that their counts stay right, and then everything of it goes.
 * In batches, each a transaction of its own: killed at any moment it goes on where it was when it is run again.
 */
import { inTransaction } from '#platform/database';
import type { Context, Tx } from '../context.ts';
import { eraseFromAnswers } from './erase-answers.ts';
import { endFollowers, endFollowing, takeBackReactions, takeBackReposts } from './erase-effects.ts';
import { eraseJobs } from './erase-jobs.ts';
import { erasePosts } from './erase-posts.ts';
import { deleteRows, rowsOfAccount, rowsOfPosts } from './erase-rows.ts';
import { retireHandle } from './retired-handles.ts';

type EraseContext = Pick<Context, 'db' | 'clock' | 'blobs' | 'exports'>;

const picturesAtOnce = 20;
/** What others see the count of. */
const effects = [takeBackReactions, takeBackReposts, endFollowing, endFollowers, erasePosts];

/** Deletes everything that is an account's, and the account itself last. */
export async function eraseAccount(ctx: EraseContext, accountId: string): Promise<void> {
  await untilNothingIsLeft(() => eraseExports(ctx, accountId));
  await untilNothingIsLeft(() => erasePictures(ctx, accountId));
  for (const rows of [...rowsOfPosts, ...rowsOfAccount]) {
    await untilNothingIsLeft(() => deleteRows(ctx.db, rows, accountId));
  }
  await untilNothingIsLeft(() => eraseFromAnswers(ctx.db, accountId));
  await untilNothingIsLeft(() => eraseEffects(ctx, accountId));
  await deleteAccount(ctx, accountId);
}

async function untilNothingIsLeft(eraseSome: () => Promise<number>): Promise<void> {
  while ((await eraseSome()) > 0);
}

async function eraseExports({ db, exports }: EraseContext, accountId: string): Promise<number> {
  const some = await db.accountExport.findMany({ where: { accountId }, select: { id: true }, take: picturesAtOnce });
  for (const { id } of some) {
    await exports.delete(id);
    await db.accountExport.delete({ where: { id } });
  }
  return some.length;
}

/** Blobs first: as long as a row is there, they are found again. */
async function erasePictures({ db, blobs }: EraseContext, accountId: string): Promise<number> {
  const some = await db.media.findMany({ where: { accountId }, select: { id: true }, take: picturesAtOnce });
  const ids = some.map(({ id }) => id);
  await Promise.all(ids.flatMap((id) => [blobs.unpublish(id), blobs.deleteUpload(id)]));
  await db.media.deleteMany({ where: { id: { in: ids } } });
  return some.length;
}

async function eraseEffects(ctx: EraseContext, accountId: string): Promise<number> {
  let erased = 0;
  for (const erase of effects) erased += await inTransaction(ctx.db, (tx) => erase(tx, ctx, accountId));
  return erased;
}

/** Under the lock of the profile, without which nobody can follow, whatever came in between is taken back as well. */
async function deleteAccount(ctx: EraseContext, accountId: string): Promise<void> {
  await inTransaction(ctx.db, async (tx) => {
    const handle = await lockProfile(tx, accountId);
    for (const erase of effects) while ((await erase(tx, ctx, accountId)) > 0);
    await tx.idempotency.deleteMany({ where: { ownerId: accountId } });
    await eraseJobs(tx, accountId);
    if (handle !== undefined) await retireHandle(tx, ctx, handle);
    await tx.account.deleteMany({ where: { id: accountId } });
  });
}

async function lockProfile(tx: Tx, accountId: string): Promise<string | undefined> {
  const [profile] = await tx.$queryRaw<{ handle: string }[]>`
    SELECT handle::text AS handle FROM profile WHERE account_id = ${accountId}::uuid FOR UPDATE`;
  return profile?.handle;
}
