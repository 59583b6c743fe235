import { inTransaction } from '#platform/database';
import type { components } from '#openapi/bff-admin';
import type { FeatureFlag } from '#prisma/admin';
import type { Context, Tx } from '../context.ts';
import { featureFlagInUse, featureFlagNotFound, featureFlagsFull, flagHasChanged } from '../errors.ts';
import { presentPhones } from '../helpers/present-phones.ts';
import type { StaffCaller } from '../helpers/staff-caller.ts';
import { readPhones } from './audiences.ts';
import { writeAuditEvent } from './audit-log.ts';
import type { Details } from './audit-log.ts';

export type { FeatureFlag };
export type FlagContext = Pick<Context, 'db' | 'clock'>;

/** What a flag shall be; what is left out stays as it is. The payload of a proposal of kind `feature_flag`. */
export interface FlagChange {
  key: string;
  enabled: boolean;
  percent?: number | undefined;
  audience?: components['schemas']['NewPhoneAudience'] | undefined;
  description?: string | undefined;
  money?: boolean | undefined;
  /** The version that it is a change of, 0 for a flag that is not there yet. */
  version?: number | undefined;
}

const atMost = 100;

/** What a flag is before anything is said of it. */
const newFlag = { percent: 100, description: '', money: false, version: 0 };

export function listFeatureFlags({ db }: Pick<Context, 'db'>): Promise<FeatureFlag[]> {
  return db.featureFlag.findMany({ orderBy: { key: 'asc' } });
}

/** @throws not_found */
export async function getFeatureFlag({ db }: { db: Tx }, key: string): Promise<FeatureFlag> {
  const flag = await db.featureFlag.findUnique({ where: { key } });
  if (!flag) throw featureFlagNotFound();
  return flag;
}

/**
 * Carries out a change that was decided, once for each decision; the decision's own audit line tells of it.
 * @throws precondition_failed when the flag is another than the one that the change was made on
 */
export async function applyFlag(
  ctx: FlagContext,
  { decisionId, change }: { decisionId: string; change: FlagChange },
): Promise<FeatureFlag> {
  return inTransaction(ctx.db, async (tx) => {
    await lockFlags(tx);
    const current = await tx.featureFlag.findUnique({ where: { key: change.key } });
    if (current?.decisionId === decisionId) return current;
    if (change.version !== (current?.version ?? 0)) throw flagHasChanged();
    return saveFlag(ctx, tx, { current, change, decisionId });
  });
}

/** A change that names no version is one of the flag as it is now. */
export async function onPresentVersion(tx: Tx, change: FlagChange): Promise<FlagChange> {
  const current = await tx.featureFlag.findUnique({ where: { key: change.key } });
  return { version: current?.version ?? 0, ...change };
}

/** Switches a flag off at once, one that touches money too. @throws not_found */
export async function killFeatureFlag(
  ctx: FlagContext,
  caller: StaffCaller,
  { key, reason }: { key: string; reason: string },
): Promise<FeatureFlag> {
  return inTransaction(ctx.db, async (tx) => {
    await lockFlags(tx);
    const current = await getFeatureFlag({ db: tx }, key);
    const flag = await saveFlag(ctx, tx, { current, change: { key, enabled: false } });
    const details = factsOf(flag);
    await writeAuditEvent(tx, caller, { action: 'feature_flag.kill', target: targetOf(flag), reason, details });
    return flag;
  });
}

/** @throws not_found, feature_flag_in_use */
export async function deleteFeatureFlag({ db }: Pick<Context, 'db'>, caller: StaffCaller, key: string): Promise<void> {
  await inTransaction(db, async (tx) => {
    await lockFlags(tx);
    const flag = await getFeatureFlag({ db: tx }, key);
    if (flag.money || (await tx.announcement.count({ where: { flagKey: key } })) > 0) throw featureFlagInUse();
    await tx.featureFlag.delete({ where: { key } });
    await writeAuditEvent(tx, caller, {
      action: 'feature_flag.delete',
      target: targetOf(flag),
      details: factsOf(flag),
    });
  });
}

/** Changes of flags are rare, so one waits for another: what each one read is what it changes. */
export async function lockFlags(tx: Tx): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('feature flags', 0))`;
}

interface Saved {
  current: FeatureFlag | null;
  change: FlagChange;
  /** A change without one leaves the last that was carried out where it is, so that it is not carried out again. */
  decisionId?: string;
}

/** Writes a change under the lock. @throws feature_flags_full */
export async function saveFlag(
  { clock }: Pick<Context, 'clock'>,
  tx: Tx,
  { current, change, decisionId }: Saved,
): Promise<FeatureFlag> {
  if (!current && (await tx.featureFlag.count()) >= atMost) throw featureFlagsFull();
  const { key, enabled, audience } = change;
  const before = current ?? newFlag;
  const content = {
    enabled,
    percent: change.percent ?? before.percent,
    description: change.description ?? before.description,
    money: change.money ?? before.money,
    ...(audience !== undefined && readPhones(audience)),
    version: before.version + 1,
    ...(decisionId !== undefined && { decisionId }),
    updatedAt: clock.now(),
  };
  return tx.featureFlag.upsert({ where: { key }, create: { key, ...content }, update: content });
}

export function targetOf({ key }: FeatureFlag) {
  return { type: 'feature_flag', id: key };
}

/** A flag as audit lines tell of it. */
export function factsOf(flag: FeatureFlag): Details {
  const { enabled, percent, money, version, description } = flag;
  return { enabled, percent, money, version, description, ...presentPhones(flag) };
}
