import { inTransaction } from '#platform/database';
import { assertIfMatch } from '#platform/etag';
import { compareVersions } from '#platform/version-number';
import type { AppVersion } from '#prisma/admin';
import type { Context, Tx } from '../context.ts';
import { appVersionNotSet, versionsOutOfOrder } from '../errors.ts';
import type { StaffCaller } from '../helpers/staff-caller.ts';
import { writeAuditEvent } from './audit-log.ts';

export type { AppVersion };

export interface Versions {
  minimum: string;
  recommended: string;
  current: string;
  storeUrl: string;
}

export function listAppVersions({ db }: Pick<Context, 'db'>): Promise<AppVersion[]> {
  return db.appVersion.findMany({ orderBy: { platform: 'asc' } });
}

/** @throws not_found while nobody has set them */
export async function getAppVersion({ db }: Pick<Context, 'db'>, platform: string): Promise<AppVersion> {
  const versions = await db.appVersion.findUnique({ where: { platform } });
  if (!versions) throw appVersionNotSet();
  return versions;
}

/** Says which versions of the app are served on a platform. @throws precondition_failed, and when they are out of order */
export async function putAppVersion(
  ctx: Pick<Context, 'db' | 'clock'>,
  caller: StaffCaller,
  { platform, ifMatch, ...versions }: Versions & { platform: string; ifMatch: string | undefined },
): Promise<AppVersion> {
  const { minimum, recommended, current, storeUrl } = versions;
  if (compareVersions(minimum, recommended) > 0) throw versionsOutOfOrder('/minimum', 'must not be after recommended');
  if (compareVersions(recommended, current) > 0) throw versionsOutOfOrder('/recommended', 'must not be after current');

  return inTransaction(ctx.db, async (tx) => {
    await lockVersions(tx);
    const before = await tx.appVersion.findUnique({ where: { platform } });
    assertIfMatch(ifMatch, before?.version ?? 0, caller.oid);
    const content = { ...{ minimum, recommended, current, storeUrl }, version: (before?.version ?? 0) + 1 };
    const changed = { ...content, updatedAt: ctx.clock.now() };
    const saved = await tx.appVersion.upsert({
      where: { platform },
      create: { platform, ...changed },
      update: changed,
    });
    const target = { type: 'app_version', id: platform };
    await writeAuditEvent(tx, caller, { action: 'app_version.put', target, details: content });
    return saved;
  });
}

/** One change after the other, also when there is no row yet that could be locked. */
async function lockVersions(tx: Tx): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('app versions', 0))`;
}
