import type { Caller } from '#platform/caller';
import type { Context } from '../context.ts';
import { timeZoneUnknown } from '../errors.ts';
import { isTimeZone } from '../helpers/time-zones.ts';
import { callLedger } from './ledger.ts';

/** What a person prefers. */
export interface Preferences {
  /** A name of the IANA time zone database. */
  timeZone: string;
}

export async function getPreferences(ctx: Pick<Context, 'db'>, caller: Caller): Promise<Preferences> {
  return { timeZone: await timeZoneOf(ctx, caller) };
}

/** The time zone whose days and months a person goes by; UTC until they say another. */
export async function timeZoneOf({ db }: Pick<Context, 'db'>, { userId }: Caller): Promise<string> {
  const rows = await db.$queryRaw<{ timeZone: string }[]>`
    /* timeZoneOf */ select zone_of(${userId}::uuid) as "timeZone"`;
  return rows[0]?.timeZone ?? 'UTC';
}

/** This process and the ledger must both know the time zone. @throws time_zone_unknown */
export async function putPreferences(
  { db, clock }: Pick<Context, 'db' | 'clock'>,
  { userId: ownerId }: Caller,
  { timeZone }: Preferences,
): Promise<Preferences> {
  if (!isTimeZone(timeZone)) throw timeZoneUnknown();
  const { facts } = await callLedger<Preferences>(db, 'put_preferences', { ownerId, timeZone, at: clock.now() });
  return facts;
}
