export interface Money {
  amountMinor: number;
  currency: string;
}

export function presentMoney(amountMinor: number, currency: string): Money {
  return { amountMinor, currency };
}

export function presentMoneyOrNull(amountMinor: number | null, currency: string): Money | null {
  return amountMinor === null ? null : presentMoney(amountMinor, currency);
}

/** PostgreSQL writes `+00:00`; the contract says `Z`. */
export function presentTime(time: string): string {
  return new Date(time).toISOString();
}
