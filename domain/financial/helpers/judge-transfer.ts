import type { components } from '#openapi/financial';

type Schemas = components['schemas'];
export type BreakKind = Schemas['BreakKind'];
export type BreakCause = Schemas['BreakCause'];

/** What one of the three says of a transfer. */
export interface Side {
  status: Schemas['TransferStatus'];
  /** What has come to CLYNC on balance: negative for a withdrawal, 0 while nothing has moved or when it was returned. */
  movedMinor: number;
  currency: string;
  /** What was asked for, whether it has moved or not. */
  amountMinor: number;
  /** When it came to this state; null when that is not told. */
  changedAt: Date | null;
  /** Of flagship: whether financial has heard of it. */
  isTold?: boolean;
}

export interface Sides {
  ledger: Side | null;
  flagship: Side | null;
  provider: Side | null;
}

export type Verdict =
  | { outcome: 'matched' | 'in_flight' }
  | { outcome: 'break'; kind: BreakKind; cause: BreakCause; amountMinor: number; currency: string };

/** How long news may take from the provider to the ledger before their absence is a break. */
const graceMs = 15 * 60_000;

/** The provider is taken at its word: what it says has happened to the money. The others follow it, or there is a break. */
export function judgeTransfer(sides: Sides, now: Date): Verdict {
  const { ledger, flagship, provider } = sides;
  if (!provider) return judgeUnlisted(sides);
  if (!ledger && !flagship) return found(sides, 'unknown_transfer', 'not_ours');
  if (differs(provider, ledger) || differs(provider, flagship)) return found(sides, 'amount_differs', 'booked_wrongly');
  if (agrees(ledger, provider) && agrees(flagship, provider)) return { outcome: 'matched' };
  return isRecent(sides, now) ? { outcome: 'in_flight' } : judgeNews(sides, provider);
}

/** The others are where the provider is not, and have been for long. */
function judgeNews(sides: Sides, provider: Side): Verdict {
  const booked = sides.ledger?.movedMinor ?? 0;
  switch (outcomeOf(provider)) {
    case 'open':
      return booked === 0 ? { outcome: 'in_flight' } : found(sides, 'state_differs', 'booked_wrongly');
    case 'ended':
      return found(sides, 'state_differs', 'booked_wrongly');
    default: {
      const isMissing = provider.movedMinor !== 0 && booked === 0;
      return found(sides, isMissing ? 'missing_in_ledger' : 'state_differs', causeOf(sides));
    }
  }
}

function agrees(side: Side | null, provider: Side): boolean {
  return side !== null && outcomeOf(side) === outcomeOf(provider) && side.movedMinor === provider.movedMinor;
}

/** The provider knows nothing of it; that is only right when nothing was carried out. */
function judgeUnlisted(sides: Sides): Verdict {
  const carriedOut = [sides.ledger, sides.flagship].some(
    (side) => side !== null && ['settled', 'returned'].includes(outcomeOf(side)),
  );
  return carriedOut ? found(sides, 'missing_at_provider', 'forgotten_by_provider') : { outcome: 'matched' };
}

/** Where the news were lost on their way. */
function causeOf({ flagship, provider }: Sides): BreakCause {
  if (!flagship || !provider || outcomeOf(flagship) !== outcomeOf(provider)) return 'event_missed';
  return flagship.isTold === false ? 'not_told' : 'refused_by_ledger';
}

function found(sides: Sides, kind: BreakKind, cause: BreakCause): Verdict {
  const { ledger, flagship, provider } = sides;
  const currency = (provider ?? ledger ?? flagship)?.currency ?? '';
  const amountMinor = (ledger?.movedMinor ?? 0) - (provider?.movedMinor ?? 0);
  return { outcome: 'break', kind, cause, amountMinor, currency };
}

function outcomeOf({ status }: Side): 'open' | 'settled' | 'returned' | 'ended' {
  if (status === 'settled' || status === 'returned') return status;
  return status === 'failed' || status === 'cancelled' ? 'ended' : 'open';
}

function differs(provider: Side, other: Side | null): boolean {
  return other !== null && (other.currency !== provider.currency || other.amountMinor !== provider.amountMinor);
}

/** The provider's clock may be ahead of ours. */
function isRecent({ flagship, provider }: Sides, now: Date): boolean {
  return [flagship, provider].some((side) => side?.changedAt && now.getTime() - side.changedAt.getTime() < graceMs);
}
