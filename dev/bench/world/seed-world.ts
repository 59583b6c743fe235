import type { Client } from 'pg';
import { databaseUrl, withClient } from '../../../platform/database-setup.ts';
import type { Endpoints } from '../../stack/endpoints.ts';
import { seedBanks, seedLastKnownBalances } from './banks.ts';
import { seedMoney } from './money.ts';
import { seedSocial } from './social.ts';
import { verifyWorld } from './verify.ts';
import type { World } from './world.ts';

type Seed = (client: Client, world: World, say: (line: string) => void) => Promise<void>;

/** Fills the empty databases of a stack with the bench world, and proves that it holds together. */
export async function seedWorld({ postgres, migrations }: Endpoints, world: World, say: (line: string) => void) {
  const admin = postgres['postgres'] ?? '';
  const social = databaseUrl(admin, 'clync_social');
  const financial = databaseUrl(admin, 'clync_financial');

  async function seed(url: string, schema: string, seeds: Seed[]): Promise<void> {
    await withClient(url, async (client) => {
      await client.query(`SET search_path = ${schema}, public`);
      // Triggers would check millions of rows one by one; verifyWorld checks them all at once. CHECKs stand.
      await client.query('SET session_replication_role = replica');
      await client.query('BEGIN');
      for (const work of seeds) await work(client, world, say);
      await client.query('COMMIT');
    });
  }

  await Promise.all([
    seed(social, 'social', [seedSocial]),
    seed(financial, 'financial', [seedMoney, seedLastKnownBalances]).then(() =>
      seed(financial, 'flagship', [seedBanks]),
    ),
  ]);
  // What the visibility map spares is part of how a database that has been running behaves.
  for (const url of [social, financial]) await withClient(url, (client) => client.query('VACUUM'));
  await verifyWorld({ social: migrations['social'] ?? '', financial: migrations['financial'] ?? '' });
  say(
    'verified: every transaction sums to zero, kept balances, months and counts are right, nothing refers to nothing',
  );
}
