import type { Sandbox } from './sandbox.ts';
import type { SandboxInstitution } from './institutions.ts';
import { createRandom, stableId } from './random.ts';
import type { AccountRecord } from './records.ts';
import { isoDate } from './sandbox-clock.ts';
import { orderUsualPayments } from './standing-orders.ts';
import { addTransaction } from './transactions.ts';

const day = 86_400_000;
const historyDays = 60;
const payees = [
  'GREEN GROCER 021',
  'CITY TRANSIT',
  'CORNER BAKERY',
  'STREAMFLIX',
  'POWER & LIGHT',
  'BOOK NOOK',
  'CAFE LUNA',
  'GYM 24',
];

type World = Pick<Sandbox, 'store' | 'clock' | 'config'>;

/**
 * The accounts a person has at a bank. Made when they are first looked at, and the same for the same seed, bank and
 * person, so that a consent given again shows the accounts it showed before.
 */
export function accountsOf(sandbox: World, institution: SandboxInstitution, userReference: string): AccountRecord[] {
  const random = createRandom(sandbox.config.seed, institution.id, userReference);
  const kinds = ['current', 'savings', ...(random() < 0.4 ? (['card'] as const) : [])] as const;
  return kinds.map((kind) => {
    const id = stableId('acc', sandbox.config.seed, institution.id, userReference, kind);
    return sandbox.store.get('account', id) ?? openAccount(sandbox, institution, kind, id);
  });
}

function openAccount(
  sandbox: World,
  institution: SandboxInstitution,
  kind: AccountRecord['kind'],
  id: string,
): AccountRecord {
  const random = createRandom(sandbox.config.seed, id);
  const names: Partial<Record<AccountRecord['kind'], string>> = {
    current: 'Everyday account',
    savings: 'Rainy day savings',
    card: 'Credit card',
  };
  const account = sandbox.store.put('account', id, {
    id,
    institutionId: institution.id,
    name: names[kind] ?? 'Account',
    mask: String(Math.floor(random() * 10_000)).padStart(4, '0'),
    kind,
    currency: institution.currency,
    status: 'open',
    bookedMinor: kind === 'card' ? -Math.floor(random() * 80_000) : 150_000 + Math.floor(random() * 600_000),
    tellsAvailable: institution.tellsAvailable && kind !== 'card',
    hidesBooked: false,
    transactions: 0,
  });
  writeHistory(sandbox, account, random);
  if (kind === 'current') orderUsualPayments(sandbox, account.id);
  return account;
}

function writeHistory(sandbox: World, account: AccountRecord, random: () => number): void {
  const perWeek = account.kind === 'savings' ? 0.5 : 3;
  const today = sandbox.clock.now();
  for (let age = historyDays; age >= 0; age -= 1) {
    if (random() > perWeek / 7) continue;
    const isSalary = account.kind === 'current' && random() < 0.08;
    const isPending = age === 0 && !isSalary;
    addTransaction(sandbox, account.id, {
      amountMinor: isSalary ? 210_000 : -(300 + Math.floor(random() * 7_000)),
      description: isSalary ? 'SALARY' : (payees[Math.floor(random() * payees.length)] ?? 'PAYMENT'),
      bookedOn: isoDate(today - age * day),
      pending: isPending,
      // The opening balance already holds what was booked before.
      moves: false,
    });
  }
}
