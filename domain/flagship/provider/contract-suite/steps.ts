import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { NewTransfer, ProviderAccount, Tokens } from '../provider.ts';
import { isRefusal } from '../provider.ts';
import type { Bench } from './suite.ts';

export interface GivenConsent {
  consentId: string;
  tokens: Tokens;
}

/** @throws when `fact` does not hold */
export function assert(fact: boolean, otherwise: string): asserts fact {
  if (!fact) throw new Error(otherwise);
}

export function newAuthorisation() {
  const verifier = randomBytes(32).toString('base64url');
  const codeChallenge = createHash('sha256').update(verifier).digest('base64url');
  return { verifier, state: randomBytes(24).toString('base64url'), codeChallenge };
}

export async function askConsent({ provider, institutionId }: Bench) {
  const { verifier, state, codeChallenge } = newAuthorisation();
  const asked = await provider.createConsent({ userReference: randomUUID(), institutionId, state, codeChallenge });
  return { ...asked, verifier, state };
}

/** The code that the redirect brought, for the state that was sent. */
export async function agree(bench: Bench, { authorizeUrl, state }: { authorizeUrl: string; state: string }) {
  const answer = await bench.decide(authorizeUrl, 'approve');
  assert(answer.state === state, 'the redirect carries another state than was sent');
  assert(answer.code !== undefined, `the redirect carries no code but ${answer.error ?? 'nothing'}`);
  return answer.code;
}

export async function giveConsent(bench: Bench): Promise<GivenConsent> {
  const asked = await askConsent(bench);
  const code = await agree(bench, asked);
  return { consentId: asked.consentId, tokens: await bench.provider.exchangeCode(code, asked.verifier) };
}

export async function openAccount(bench: Bench): Promise<GivenConsent & { account: ProviderAccount }> {
  const given = await giveConsent(bench);
  const accounts = await bench.provider.listAccounts(given.tokens.accessToken);
  const account = accounts.find(({ status }) => status === 'open');
  assert(account !== undefined, 'the person has no open account at the institution');
  return { ...given, account };
}

export function newTransfer({ id, currency }: ProviderAccount, changes: Partial<NewTransfer> = {}): NewTransfer {
  return {
    id: randomUUID(),
    providerAccountId: id,
    direction: 'deposit',
    amountMinor: 101,
    currency,
    notAfter: new Date(Date.now() + 30_000),
    ...changes,
  };
}

/** @throws when the call is not refused with one of the codes */
export async function assertRefused(call: Promise<unknown>, ...codes: string[]): Promise<void> {
  const outcome = await call.then(
    () => 'it was answered',
    (error: unknown) => (isRefusal(error, ...codes) ? undefined : String(error)),
  );
  assert(outcome === undefined, `it is not refused as ${codes.join(' or ')}: ${String(outcome)}`);
}

/** Asks until there is an answer that is not false. */
export async function until<T>({ patienceMs }: Bench, what: string, ask: () => Promise<T | false>): Promise<T> {
  const endsAt = Date.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (answer !== false) return answer;
    assert(Date.now() < endsAt, `waited ${String(patienceMs)} ms in vain for ${what}`);
    await delay(Math.min(100, patienceMs / 20));
  }
}

/** Everything that the sync tells from a cursor on, with where it ended. */
export async function syncAll({ provider }: Bench, accessToken: string, from: string | null = null) {
  const changed = [];
  const removed = [];
  let cursor = from;
  for (let page = 0; page < 1_000; page += 1) {
    const answer = await provider.syncTransactions(accessToken, cursor);
    changed.push(...answer.changed);
    removed.push(...answer.removed);
    assert(!answer.hasMore || answer.nextCursor !== cursor, 'a page says that there is more and leads to itself');
    cursor = answer.nextCursor;
    if (!answer.hasMore) return { changed, removed, cursor };
  }
  throw new Error('the sync does not end within 1,000 pages');
}

/** All events of the feed. */
export async function readFeed({ provider }: Bench) {
  const events = [];
  let cursor: string | null = null;
  for (;;) {
    const page = await provider.listEvents(cursor);
    events.push(...page.events);
    if (!page.hasMore) return events;
    assert(page.nextCursor !== cursor, 'a page of the feed leads to itself');
    cursor = page.nextCursor;
  }
}
