import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import yauzl from 'yauzl';
import { waitFor } from '../../platform/testing/wait.ts';
import { freePorts } from '../stack/places.ts';
import { startStack } from '../stack/stack.ts';
import type { Stack } from '../stack/stack.ts';
import { createPocket, deposit, linkBank, uploadPicture } from './owned-things.ts';
import { createPhone, Refusal, refusalOf, registerPerson } from './phone.ts';

const devDir = mkdtempSync(path.join(tmpdir(), 'clync-journey-'));
let stack: Stack;
let base: string;
let ada: Awaited<ReturnType<typeof registerPerson>>;
let bob: typeof ada;
let things: Awaited<ReturnType<typeof live>>;

beforeAll(async () => {
  stack = await startStack({ devDir, ports: await freePorts(), seed: false });
  base = stack.endpoints.urls['bff-mobile'] ?? '';
  [ada, bob] = [await registerPerson(base, 'adaleaves'), await registerPerson(base, 'bobstays')];
  things = await live(ada);
  await bob.api.followUser({ path: { userId: ada.id } });
});

afterAll(async () => {
  await stack.stop();
  rmSync(devDir, { recursive: true, force: true });
});

const eur = (amountMinor: number) => ({ amountMinor, currency: 'EUR' });
const newKey = () => ({ 'Idempotency-Key': randomUUID() });

/** Something in each service that is a person's own. */
async function live(person: typeof ada) {
  const mediaId = await uploadPicture(person);
  await person.api.createPost({ body: { text: 'A secret diary', visibility: 'self', mediaIds: [mediaId] } });
  const bank = await linkBank(person);
  await deposit(person, bank.accountId);
  const pocketId = await createPocket(person, 'A secret');
  const body = { amount: eur(1_000), note: 'A secret note' };
  await person.api.createContribution({ path: { pocketId }, body, headers: newKey() });
  return { mediaId, pocketId, accountId: bank.accountId };
}

/** Asks the database of an owner, as the role of its processes. */
async function query<Row>(owner: string, sql: string, ...values: unknown[]): Promise<Row[]> {
  const client = new pg.Client({ connectionString: stack.endpoints.postgres[owner] ?? '' });
  await client.connect();
  try {
    return (await client.query(sql, values)).rows as Row[];
  } finally {
    await client.end();
  }
}

async function refusal(call: Promise<unknown>): Promise<Refusal> {
  const error: unknown = await call.then(() => undefined, (thrown: unknown) => thrown); // prettier-ignore
  if (!(error instanceof Refusal)) throw new Error(`it was not refused: ${String(error)}`);
  return error;
}

async function finishedExport(exportId: string) {
  return waitFor('the archive', async () => {
    const { body } = await ada.api.getExport({ path: { exportId } });
    return body.status === 'ready' && body;
  }); // prettier-ignore
}

/** The tables of social, financial and flagship in which one of the patterns stands. */
async function tablesNaming(patterns: string[]): Promise<string[]> {
  const found: string[] = [];
  for (const owner of ['social', 'financial', 'flagship']) {
    const tables = await query<{ name: string }>(
      owner,
      `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
       WHERE table_schema IN ($1, $2) AND table_type = 'BASE TABLE' AND table_name <> '_prisma_migrations'`,
      owner,
      `${owner}_jobs`,
    );
    for (const { name } of tables) {
      const rows = await query(owner, `SELECT FROM ${name} t WHERE t::text ~* ANY ($1) LIMIT 1`, patterns);
      if (rows.length > 0) found.push(name);
    }
  }
  return found;
}

test('everything that CLYNC holds of a person comes in one archive, from all services', async () => {
  const { body: begun } = await ada.api.createExport({});
  const tooSoon = await refusalOf(ada.api.createExport({}));
  const made = await finishedExport(begun.id);
  const zip = Buffer.from(await (await fetch(made.url ?? '')).arrayBuffer());

  expect(tooSoon).toEqual([409, 'export_too_soon']);
  expect(createHash('sha256').update(zip).digest('hex')).toBe(made.sha256);
  const [social, financial, flagship] = await Promise.all([
    query<{ n: number }>('social', 'SELECT count(*)::int AS n FROM post WHERE author_id = $1', ada.id),
    query<{ n: number }>('financial', 'SELECT count(*)::int AS n FROM transfer WHERE owner_id = $1', ada.id),
    query<{ n: number }>('flagship', 'SELECT count(*)::int AS n FROM connection WHERE user_id = $1', ada.id),
  ]);
  expect(made.counts).toMatchObject({
    'social/posts': social[0]?.n,
    'financial/transfers': financial[0]?.n,
    'financial/pockets': 1,
    'flagship/connections': flagship[0]?.n,
    media: 1,
  });
  const archive = await yauzl.fromBufferPromise(zip, { lazyEntries: true });
  const names: string[] = [];
  for await (const { fileName } of archive.eachEntry()) names.push(fileName);
  expect(names).toEqual(expect.arrayContaining(['social/posts.csv', 'financial/entries.json', 'flagship/transactions.csv', `media/${things.mediaId}.webp`, 'manifest.json'])); // prettier-ignore
});

test('nobody leaves while there is money', async () => {
  const { pocketId, accountId } = things;
  const withMoney = await refusal(ada.api.closeAccount({}));
  await ada.api.createPocketWithdrawal({ path: { pocketId }, body: { amount: eur(1_000) }, headers: newKey() });
  const { body } = await ada.api.createWalletWithdrawal({ body: { accountId, amount: eur(5_000) }, headers: newKey() });
  await waitFor('the settlement', async () => {
    const { body: now } = await ada.api.getTransfer({ path: { transferId: body.transfer.id } });
    return now.status === 'settled';
  }); // prettier-ignore

  expect([withMoney.status, withMoney.body.code, withMoney.body['blockers']]).toEqual([409, 'closing_blocked', ['balance']]); // prettier-ignore
  expect((await ada.api.getMe({})).body.handle).toBe('adaleaves');
});

test('who leaves is seen by nobody, and comes back by signing in', async () => {
  const { status, body } = await ada.api.closeAccount({});
  const signedOut = await refusalOf(ada.api.getMe({}));
  const hidden = await refusalOf(bob.api.followUser({ path: { userId: ada.id } }));
  const back = await createPhone(base).api.login({ body: { email: ada.email, password: ada.password } });
  ada.signIn(back.body.accessToken);

  expect(status).toBe(202);
  expect(Date.parse(body.effectiveAt) - Date.now()).toBeGreaterThan(13.9 * 86_400_000);
  expect([signedOut, hidden]).toEqual([[401, 'unauthenticated'], [404, 'not_found']]); // prettier-ignore
  expect((await ada.api.getMe({})).body.handle).toBe('adaleaves');
});

test('after the days of grace nothing names them any more, and the books still balance', async () => {
  const patterns = [ada.id, 'adaleaves', 'A secret'];
  const before = await tablesNaming(patterns);
  await ada.api.closeAccount({});
  await query('social', `UPDATE account_closure SET effective_at = now() - interval '1 minute'`);
  await query('social', `SELECT social_jobs.add_job('carryOutClosures', '{}')`);
  await waitFor('the account to be gone', async () => {
    const rows = await query('social', 'SELECT FROM account WHERE id = $1', ada.id);
    return rows.length === 0;
  }); // prettier-ignore

  expect(before).toEqual(expect.arrayContaining(['social.account', 'financial.transfer', 'flagship.connection']));
  const left = await waitFor('the last jobs', async () => {
    const found = await tablesNaming(patterns);
    return !found.some((name) => name.includes('_jobs.')) && found;
  });
  expect(left).toEqual([]);
  const sums = await query<{ sum: string }>('financial', 'SELECT sum(amount_minor)::text AS sum FROM ledger_entry GROUP BY currency'); // prettier-ignore
  expect(sums.map(({ sum }) => sum)).toEqual(['0']);
  const transfers = await query<{ n: number }>('financial', 'SELECT count(*)::int AS n FROM transfer');
  expect(transfers).toEqual([{ n: 2 }]);
  expect(await refusalOf(createPhone(base).api.login({ body: { email: ada.email, password: ada.password } }))).toEqual([401, 'invalid_credentials']); // prettier-ignore
});
