// What the people of the seeded town own and save for. Pure: the same seed and day make the same plans.
import type { Random } from './random.ts';

export interface WalletPlan {
  currency: string;
  /** What is in the wallet from the start; covers everything that is saved from it. */
  openingMinor: number;
  pockets: PocketPlan[];
}

export interface PocketPlan {
  name: string;
  emoji: string;
  targetMinor: number | null;
  /** `YYYY-MM-DD`. */
  targetDate: string | null;
  monthlyMinor: number | null;
  openedAt: Date;
  /** In the order of time. A negative sum is taken out again. */
  movements: { at: Date; amountMinor: number; note: string | null }[];
}

const goals = [
  { name: 'Summer trip', emoji: '🏖️', euros: 1_500 },
  { name: 'Rainy days', emoji: '☔', euros: 3_000 },
  { name: 'New bike', emoji: '🚲', euros: 900 },
  { name: 'Wedding', emoji: '💍', euros: 8_000 },
  { name: 'Guitar', emoji: '🎸', euros: 650 },
  { name: 'Move together', emoji: '🏡', euros: 4_200 },
  { name: 'Laptop', emoji: '💻', euros: 1_400 },
  { name: 'Dog', emoji: '🐕', euros: 800 },
] as const;
const notes: readonly (string | null)[] = ['Salary', 'Birthday money', 'Sold the old one', null, null, null, null];

// Minor units for about one euro, so that sums look right in each currency.
const currencies = [
  { currency: 'EUR', perEuro: 100 },
  { currency: 'JPY', perEuro: 160 },
  { currency: 'KWD', perEuro: 330 },
] as const;

const dayMs = 86_400_000;

/** The wallets of one person: euros for everybody, and a second currency for one in ten. */
export function planWallets(random: Random, now: Date): WalletPlan[] {
  const euros = planWallet(random, now, currencies[0], random.next() < 0.1 ? 0 : 1 + random.below(4));
  if (random.next() >= 0.1) return [euros];
  return [euros, planWallet(random, now, random.pick(currencies.slice(1)), 1)];
}

function planWallet(
  random: Random,
  now: Date,
  { currency, perEuro }: (typeof currencies)[number],
  pocketCount: number,
): WalletPlan {
  const first = random.below(goals.length);
  const pockets = Array.from({ length: pocketCount }, (_, index) => {
    const goal = goals[(first + index) % goals.length] ?? goals[0];
    return planPocket(random, now, goal, perEuro);
  });
  const saved = pockets
    .flatMap(({ movements }) => movements)
    .reduce((sum, { amountMinor }) => sum + Math.max(0, amountMinor), 0);
  return { currency, openingMinor: saved + (50 + random.below(1_500)) * perEuro, pockets };
}

function planPocket(random: Random, now: Date, goal: (typeof goals)[number], perEuro: number): PocketPlan {
  const months = 1 + random.below(6);
  const targetMinor = random.next() < 0.85 ? goal.euros * perEuro : null;
  const targetDate =
    random.next() < 0.7
      ? daysFrom(now, 30 + random.below(400))
          .toISOString()
          .slice(0, 10)
      : null;
  const usualMinor = Math.ceil(((goal.euros / 12) * (0.5 + random.next()) * perEuro) / 100) * 100;
  const openedAt = daysFrom(now, -months * 30 - random.below(10));
  const movements = Array.from({ length: months }, (_, month) => ({
    at: daysFrom(openedAt, month * 30 + 1 + random.below(20)),
    amountMinor: Math.max(100, usualMinor + (random.below(5) - 2) * 500),
    note: random.pick(notes),
  })).filter(({ at }) => at < now);
  const first = movements[0];
  if (first && random.next() < 0.2) {
    const takenMinor = -Math.ceil(first.amountMinor / 3);
    movements.push({ at: daysFrom(first.at, 3), amountMinor: takenMinor, note: 'Needed it after all' });
  }
  return {
    name: goal.name,
    emoji: goal.emoji,
    targetMinor,
    targetDate,
    monthlyMinor: random.next() < 0.3 ? usualMinor : null,
    openedAt,
    movements: movements.filter(({ at }) => at < now).sort((a, b) => a.at.getTime() - b.at.getTime()),
  };
}

function daysFrom(moment: Date, days: number): Date {
  return new Date(moment.getTime() + days * dayMs);
}
