import { inTransaction } from '#platform/database';
import type { Context } from '../context.ts';
import { expiringMs } from '../helpers/connection-health.ts';
import { attemptMs } from '../services/authorisations.ts';
import { changeConnection, requestConsentCheck, requestRevocation } from '../services/connection-changes.ts';

const batch = 500;
const minuteMs = 60_000;
/** Longer than an attempt is good, so that one at work is not cut off. */
const abandonedMs = attemptMs + 5 * minuteMs;
/** A consent is looked at that often even when nobody tells of it; one whose end has come, sooner. */
const consentCheckMs = 6 * 60 * minuteMs;
const endedCheckMs = 5 * minuteMs;

/** What no event brings about: each minute, for the connections whose time has come. */
export async function tendConnections(ctx: Context): Promise<void> {
  await endAbandonedAttempts(ctx);
  await tellExpiringConsents(ctx);
  await checkConsents(ctx);
  await revokeAgain(ctx);
}

/** Who never came back from the bank may have agreed there: the consent is ended too, since nobody holds its tokens. */
async function endAbandonedAttempts(ctx: Context): Promise<void> {
  const now = ctx.clock.now();
  const before = new Date(now.getTime() - abandonedMs);
  const abandoned = await ctx.db.connection.findMany({
    where: { status: 'awaiting_authorisation', createdAt: { lt: before } },
    orderBy: { id: 'asc' },
    take: batch,
    select: { id: true },
  });
  for (const { id } of abandoned) {
    await inTransaction(ctx.db, async (tx) => {
      const isEnded = await changeConnection(ctx, tx, id, { status: 'rejected', revokeSince: now }, 'abandoned');
      if (isEnded) await requestRevocation(ctx, tx, id);
    });
  }
}

/** Seven days before a consent ends its person hears of it, once for each end. */
async function tellExpiringConsents(ctx: Context): Promise<void> {
  const now = ctx.clock.now();
  const soon = new Date(now.getTime() + expiringMs);
  const expiring = await ctx.db.connection.findMany({
    where: {
      status: 'active',
      consentExpiresAt: { lte: soon },
      OR: [{ expiryToldFor: null }, { expiryToldFor: { not: { equals: ctx.db.connection.fields.consentExpiresAt } } }],
    },
    orderBy: { consentExpiresAt: 'asc' },
    take: batch,
    select: { id: true, consentExpiresAt: true },
  });
  for (const { id, consentExpiresAt } of expiring) {
    await inTransaction(ctx.db, async (tx) => {
      // Told by another worker, renewed or ended meanwhile: then there is nothing to tell.
      const { count } = await tx.connection.updateMany({
        where: {
          id,
          status: 'active',
          consentExpiresAt,
          OR: [{ expiryToldFor: null }, { expiryToldFor: { not: consentExpiresAt } }],
        },
        data: { expiryToldFor: consentExpiresAt },
      });
      if (count === 1) await changeConnection(ctx, tx, id, {}, 'expiring');
    });
  }
}

/** Whose news was lost, webhook and feed both, is found out by asking, and none waits behind others that are not answered. */
async function checkConsents(ctx: Context): Promise<void> {
  const now = ctx.clock.now();
  const ago = (ms: number) => new Date(now.getTime() - ms);
  const rows = await ctx.db.connection.findMany({
    where: {
      status: { in: ['active', 'reauth_required'] },
      OR: [
        { consentCheckedAt: null },
        { consentCheckedAt: { lt: ago(consentCheckMs) } },
        { consentExpiresAt: { lte: now }, consentCheckedAt: { lt: ago(endedCheckMs) } },
      ],
    },
    orderBy: [{ consentTriedAt: { sort: 'asc', nulls: 'first' } }, { id: 'asc' }],
    take: batch,
    select: { id: true },
  });
  const ids = rows.map(({ id }) => id);
  await ctx.db.connection.updateMany({ where: { id: { in: ids } }, data: { consentTriedAt: now } });
  for (const id of ids) await requestConsentCheck(ctx, ctx.db, id);
}

/** However long the provider was away, a minute after it is back it has been told of the ends, and none waits behind what it refuses. */
async function revokeAgain(ctx: Context): Promise<void> {
  const rows = await ctx.db.connection.findMany({
    where: { revokeSince: { not: null } },
    orderBy: [{ revokeTriedAt: { sort: 'asc', nulls: 'first' } }, { id: 'asc' }],
    take: batch,
    select: { id: true },
  });
  const ids = rows.map(({ id }) => id);
  await ctx.db.connection.updateMany({ where: { id: { in: ids } }, data: { revokeTriedAt: ctx.clock.now() } });
  for (const id of ids) await requestRevocation(ctx, ctx.db, id);
}
