import type { Client } from 'pg';
import { sqlId } from './ids.ts';
import type { World } from './world.ts';

/** Two people out of three have linked a bank, with two accounts. */
const linked = ({ people }: World): string =>
  `(SELECT n FROM generate_series(1, ${String(people)}) n WHERE n % 3 <> 0) person`;
const accounts = `(VALUES (1, 'current', 123456), (2, 'savings', 987654)) account (k, kind, amount)`;
const connection = sqlId('connection', 'n');
const account = sqlId('bankAccount', 'n * 2 + k');
const person = sqlId('person', 'n');

/** Linked banks as flagship keeps them. Their tokens are none: nothing may be synced in this world. */
export async function seedBanks(client: Client, world: World, say: (line: string) => void): Promise<void> {
  await client.query(`
    INSERT INTO connection (id, user_id, status, institution_id, institution_name, provider_consent_id, consent_expires_at,
      last_attempt_at, last_success_at, version, created_at)
    SELECT ${connection}, ${person}, 'active', 'first-sandbox-bank', 'First Sandbox Bank', 'bench-' || n,
      now() + interval '90 days', now(), now(), 1, now() - interval '30 days'
    FROM ${linked(world)};
    INSERT INTO account (id, user_id, connection_id, provider_account_id, name, mask, kind, currency, status)
    SELECT ${account}, ${person}, ${connection}, 'bench-' || n || '-' || k, 'Account ' || k, '000' || k, kind, 'EUR', 'open'
    FROM ${linked(world)}, ${accounts};
    INSERT INTO balance (account_id, type, user_id, amount_minor, as_of, source)
    SELECT ${account}, type, ${person}, amount + n, now(), 'bench'
    FROM ${linked(world)}, ${accounts}, unnest(ARRAY['booked', 'available']) type;
    ANALYZE`);
  say('flagship: connections, accounts and balances');
}

/** The same accounts as financial was told of them. */
export async function seedLastKnownBalances(client: Client, world: World, say: (line: string) => void): Promise<void> {
  await client.query(`
    INSERT INTO bank_connection (owner_id, id, version) SELECT ${person}, ${connection}, 1 FROM ${linked(world)};
    INSERT INTO bank_account (owner_id, id, connection_id, institution_name, name, mask, kind, currency, balance_minor,
      available_minor, as_of, status)
    SELECT ${person}, ${account}, ${connection}, 'First Sandbox Bank', 'Account ' || k, '000' || k, kind, 'EUR', amount + n,
      amount + n, now(), 'active'
    FROM ${linked(world)}, ${accounts};
    ANALYZE bank_connection, bank_account`);
  say('financial: last known bank balances');
}
