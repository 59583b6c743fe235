import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { waitFor } from '../../platform/testing/wait.ts';
import { freePorts } from '../stack/places.ts';
import { startStack } from '../stack/stack.ts';
import type { Stack } from '../stack/stack.ts';
import { createPocket, deposit, linkBank } from './owned-things.ts';
import { registerPerson } from './phone.ts';

const devDir = mkdtempSync(path.join(tmpdir(), 'clync-journey-'));
const newKey = () => ({ 'Idempotency-Key': randomUUID() });

let stack: Stack;
let ada: Awaited<ReturnType<typeof registerPerson>>;
let pocketId: string;
/** The provider's id of Ada's current account. */
let bankAccount: string;

beforeAll(async () => {
  stack = await startStack({ devDir, ports: await freePorts(), seed: false });
  ada = await registerPerson(stack.endpoints.urls['bff-mobile'] ?? '', 'adasaves');
  const { accountId } = await linkBank(ada);
  await deposit(ada, accountId);
  pocketId = await createPocket(ada, 'Change');
  bankAccount = await providerIdOf(accountId);
});

afterAll(async () => {
  await stack.stop();
  rmSync(devDir, { recursive: true, force: true });
});

async function providerIdOf(accountId: string): Promise<string> {
  const client = new pg.Client({ connectionString: stack.endpoints.postgres['flagship'] ?? '' });
  await client.connect();
  try {
    const found = await client.query<{ id: string }>('select provider_account_id as id from account where id = $1', [
      accountId,
    ]);
    return found.rows[0]?.id ?? '';
  } finally {
    await client.end();
  }
}

async function sandbox(method: string, target: string, body: object): Promise<void> {
  const answer = await fetch(`${stack.endpoints.urls['flagship-sandbox'] ?? ''}/sandbox${target}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(answer.ok).toBe(true);
}

/** The movements of one sum. */
async function changeOf(amountMinor: number) {
  const { body } = await ada.api.listMovements({ path: { pocketId }, query: { limit: 100 } });
  return body.items.filter(({ amount }) => amount.amountMinor === amountMinor);
}

test('a purchase at the bank is rounded up once, from pending to posted, with every webhook told twice', async () => {
  await sandbox('PUT', '/faults', { duplicateWebhooks: 1 });
  const { body: rule } = await ada.api.createRule({
    path: { pocketId },
    // In steps of ten euros, so that what the account spends by itself is not taken for one of ours.
    body: { kind: 'round_up', toMinor: 1_000 },
    headers: newKey(),
  });
  const ruleId = 'id' in rule ? rule.id : '';

  await sandbox('POST', `/accounts/${bankAccount}/transactions`, {
    amountMinor: -1_260,
    description: 'HOTEL',
    pending: true,
  });
  await sandbox('POST', '/scenarios/book_pending', { id: bankAccount });
  const [movement] = await waitFor('the change', async () => {
    const found = await changeOf(740);
    return found.length > 0 && found;
  }); // prettier-ignore
  // What comes behind shows that nothing of the first is still on its way.
  await sandbox('POST', `/accounts/${bankAccount}/transactions`, { amountMinor: -490, description: 'COFFEE' });
  await waitFor('the change of the second', async () => (await changeOf(510)).length > 0);

  expect([await changeOf(740), await changeOf(510)]).toEqual([[expect.any(Object)], [expect.any(Object)]]);
  const transactionId = movement?.source.transactionId ?? '';
  expect(movement?.source).toEqual({ type: 'rule', ruleId, transactionId: expect.any(String) as unknown });
  const { body: runs } = await ada.api.listRuleRuns({ query: { transactionId } });
  expect(runs.items).toMatchObject([{ ruleId, status: 'booked', parts: [{ movementId: movement?.id }] }]);
});
