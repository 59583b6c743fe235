import type { Context } from '../context.ts';
import { countUse, limitSubject } from './limits.ts';

const hour = 3600;
const day = 24 * hour;

type LimitContext = Pick<Context, 'db' | 'clock'>;

/** Mails with a code that a person may ask for. @throws rate_limited */
export function takeMail(ctx: LimitContext, accountId: string): Promise<void> {
  return count(ctx, { quota: 5, windowSeconds: hour }, 'mail', accountId);
}

/** Codes for a forgotten password, whether anybody has the address or not. @throws rate_limited */
export async function takeReset(ctx: LimitContext, { email, clientAddress }: Asked): Promise<void> {
  const person = email.toLowerCase();
  await count(ctx, { quota: 5, windowSeconds: hour }, 'reset', 'pair', person, clientAddress);
  if (clientAddress !== '') {
    await count(ctx, { quota: 10, windowSeconds: day }, 'reset', 'pair-of-a-day', person, clientAddress);
    await count(ctx, { quota: 50, windowSeconds: hour }, 'reset', 'address', clientAddress);
  }
  // Last, and far above what one address may: nobody uses it up for others. Low enough to keep a mailbox from being flooded.
  await count(ctx, { quota: 50, windowSeconds: day }, 'reset', 'person', person);
}

/** Codes tried: each is good for five tries, and these bound them over all the codes of a day. @throws rate_limited */
export async function takeResetTry(ctx: LimitContext, { email, clientAddress }: Asked): Promise<void> {
  const person = email.toLowerCase();
  if (clientAddress !== '') {
    await count(ctx, { quota: 10, windowSeconds: day }, 'reset-try', 'pair', person, clientAddress);
    await count(ctx, { quota: 100, windowSeconds: hour }, 'reset-try', 'address', clientAddress);
  }
  // Last, so that what was refused to one address takes nothing from the person.
  await count(ctx, { quota: 100, windowSeconds: day }, 'reset-try', 'person', person);
}

/** Codes tried by somebody who is signed in. @throws rate_limited */
export function takeVerificationTry(ctx: LimitContext, accountId: string): Promise<void> {
  return count(ctx, { quota: 20, windowSeconds: hour }, 'verification-try', accountId);
}

/** Who is asked for, and from where; no address where that is not known. */
interface Asked {
  email: string;
  clientAddress: string;
}

function count(
  ctx: LimitContext,
  window: { quota: number; windowSeconds: number },
  name: string,
  ...subject: string[]
): Promise<void> {
  return countUse(ctx, { limit: { name, ...window }, subject: limitSubject(name, ...subject) });
}
