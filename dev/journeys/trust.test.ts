import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createServiceTokenIssuer } from '../../platform/service-token.ts';
import { waitFor } from '../../platform/testing/wait.ts';
import { freePorts } from '../stack/places.ts';
import { loadSecrets } from '../stack/secrets.ts';
import { startStack } from '../stack/stack.ts';
import type { Stack } from '../stack/stack.ts';
import { createPhone, refusalOf, registerPerson } from './phone.ts';

type Person = Awaited<ReturnType<typeof registerPerson>>;

const devDir = mkdtempSync(path.join(tmpdir(), 'clync-journey-'));
let stack: Stack;
let base: string;
let ada: Person;
let bob: Person;
let eve: Person;

beforeAll(async () => {
  stack = await startStack({ devDir, ports: await freePorts(), seed: false });
  base = stack.endpoints.urls['bff-mobile'] ?? '';
  [ada, bob, eve] = [
    await registerPerson(base, 'ada'),
    await registerPerson(base, 'bob'),
    await registerPerson(base, 'eve'),
  ];
});

afterAll(async () => {
  await stack.stop();
  rmSync(devDir, { recursive: true, force: true });
});

const newKey = () => ({ 'Idempotency-Key': randomUUID() });

/** The codes that were sent to an address, newest first, as the pages of the mailbox have them. */
async function codesTo(email: string): Promise<string[]> {
  const answer = await fetch(`${stack.endpoints.urls['mailbox'] ?? ''}/mails.json?to=${encodeURIComponent(email)}`);
  const { items } = (await answer.json()) as { items: { text: string }[] };
  return items.flatMap(({ text }) => /^\d{6}$/m.exec(text) ?? []);
}

function codeTo(email: string, count = 1): Promise<string> {
  return waitFor('a code', async () => {
    const codes = await codesTo(email);
    return codes.length >= count ? codes[0] : undefined;
  });
}

/** Another device of a person. */
async function signIn({ email }: { email: string }, password: string) {
  const phone = createPhone(base);
  const { body } = await phone.api.login({ body: { email, password } });
  phone.signIn(body.accessToken);
  return { ...phone, refreshToken: body.refreshToken };
}

/** What a member of staff does, as the portal asks social for it. */
async function decide(staffId: string, method: string, place: string, body: object = {}): Promise<void> {
  const key = loadSecrets(devDir).serviceKeys['bff-admin'].privateKey;
  const tokens = await createServiceTokenIssuer('bff-admin', key);
  const answer = await fetch(`${stack.endpoints.urls['social'] ?? ''}${place}`, {
    method,
    headers: {
      authorization: `Bearer ${await tokens.issue('social', { staffId })}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ decisionId: randomUUID(), reason: 'Looked at', ...body }),
  });
  expect(await answer.json()).not.toHaveProperty('code');
}

describe('an e-mail address', () => {
  test('is proved by the code that came with the registration', async () => {
    await ada.api.confirmVerification({ body: { code: await codeTo(ada.email) } });

    expect((await ada.api.getMe({})).body.emailVerified).toBe(true);
    expect(await refusalOf(ada.api.requestVerification({}))).toEqual([409, 'already_verified']);
  });

  test('is changed by a code to the new one', async () => {
    const { body } = await eve.api.changeEmail({ body: { email: 'eve@new.example', password: eve.password } });

    await eve.api.confirmVerification({ body: { code: await codeTo('eve@new.example') } });

    expect(body).toEqual({ pendingEmail: 'eve@new.example' });
    await signIn({ email: 'eve@new.example' }, eve.password);
    expect(await refusalOf(signIn(eve, eve.password))).toEqual([401, 'invalid_credentials']);
  });

  test('is not told of to somebody who asks for a new password', async () => {
    const { api } = createPhone(base);

    const answers = [
      await api.requestPasswordReset({ body: { email: ada.email } }),
      await api.requestPasswordReset({ body: { email: 'nobody@example.com' } }),
    ];

    expect(answers.map(({ status }) => status)).toEqual([202, 202]);
    await codeTo(ada.email, 2);
    expect(await codesTo('nobody@example.com')).toEqual([]);
  });
});

describe('a password', () => {
  test('that is forgotten is set anew by a code, which signs out everywhere', async () => {
    const { api } = createPhone(base);
    const before = (await codesTo(bob.email)).length;
    await api.requestPasswordReset({ body: { email: bob.email } });
    const code = await codeTo(bob.email, before + 1);

    await api.confirmPasswordReset({ body: { email: bob.email, code, newPassword: 'battery-staple-4' } });

    expect(await refusalOf(signIn(bob, bob.password))).toEqual([401, 'invalid_credentials']);
    expect(await refusalOf(api.refresh({ body: { refreshToken: bob.refreshToken } }))).toEqual([401, 'invalid_refresh_token']); // prettier-ignore
    await waitFor('the access token to die', async () => (await bob.api.getMe({}).catch(() => undefined)) === undefined); // prettier-ignore
    bob = { ...bob, ...(await signIn(bob, 'battery-staple-4')), password: 'battery-staple-4' };
  });

  test('that is changed leaves this device signed in and no other', async () => {
    const other = await signIn(ada, ada.password);

    await ada.api.changePassword({ body: { currentPassword: ada.password, newPassword: 'battery-staple-5' } });

    const { api } = createPhone(base);
    expect(await refusalOf(api.refresh({ body: { refreshToken: other.refreshToken } }))).toEqual([401, 'invalid_refresh_token']); // prettier-ignore
    expect((await ada.api.getMe({})).body.handle).toBe('ada');
    expect((await api.refresh({ body: { refreshToken: ada.refreshToken } })).status).toBe(200);
    expect(await refusalOf(ada.api.changePassword({ body: { currentPassword: ada.password, newPassword: 'x-y-z-1234' } }))).toEqual([401, 'wrong_password']); // prettier-ignore
  });
});

describe('a report', () => {
  const report = (person: Person, subject: { type: 'post' | 'user' | 'pocket'; id: string }) =>
    person.api.createReport({ body: { subject, category: 'fraud', ruleIds: ['no_fraud'] } });

  test('of a post is taken once', async () => {
    const { body: post } = await eve.api.createPost({ body: { text: 'Double it today', visibility: 'public' } });

    const first = await report(bob, { type: 'post', id: post.id });
    const again = await report(bob, { type: 'post', id: post.id });

    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.body.id).toBe(first.body.id);
    expect((await bob.api.listReports({})).body.items.map(({ id }) => id)).toEqual([first.body.id]);
    expect((await bob.api.listCommunityRules({})).body.items.map(({ id }) => id)).toContain('no_fraud');
  });

  test('of a pocket needs one that the reporter may see', async () => {
    const { body: pocket } = await eve.api.createPocket({
      body: { name: 'Join me', currency: 'EUR' },
      headers: newKey(),
    });
    const subject = { type: 'pocket' as const, id: pocket.id };

    expect(await refusalOf(report(eve, subject))).toEqual([422, 'own_content']);
    expect(await refusalOf(report(bob, subject))).toEqual([404, 'not_found']);
    expect(await refusalOf(report(bob, { ...subject, id: randomUUID() }))).toEqual([404, 'not_found']);
    await eve.api.sharePocket({ path: { pocketId: pocket.id }, body: { audience: 'followers' } });
    expect(await refusalOf(report(bob, subject))).toEqual([404, 'not_found']);
    await bob.api.followUser({ path: { userId: eve.id } });
    expect((await report(bob, subject)).status).toBe(201);
  });
});

describe('a suspended person', () => {
  test('reads, appeals and uses pockets, and does not post', async () => {
    await decide('first', 'PUT', `/v1/accounts/${eve.id}/suspension`);
    const phone = await signIn({ email: 'eve@new.example' }, eve.password);
    const { body: pockets } = await phone.api.listPockets({});
    const { body: sanctions } = await phone.api.listSanctions({});
    const sanctionId = sanctions.items[0]?.id ?? '';

    expect(await refusalOf(phone.api.createPost({ body: { text: 'x', visibility: 'public' } }))).toEqual([403, 'account_suspended']); // prettier-ignore
    expect(pockets.items.map(({ name }) => name)).toEqual(['Join me']);
    const { body: pocket } = await phone.api.createPocket({ body: { name: 'Alone', currency: 'EUR' }, headers: newKey() }); // prettier-ignore
    const contribution = { path: { pocketId: pocket.id }, body: { amount: { amountMinor: 100, currency: 'EUR' } }, headers: newKey() }; // prettier-ignore
    expect(await refusalOf(phone.api.createContribution(contribution))).toEqual([409, 'insufficient_funds']);
    expect(await refusalOf(bob.api.appealSanction({ path: { sanctionId }, body: { text: 'Mine' } }))).toEqual([404, 'not_found']); // prettier-ignore
    const { body: appealed } = await phone.api.appealSanction({
      path: { sanctionId },
      body: { text: 'It was a joke' },
    });
    expect(appealed).toMatchObject({ kind: 'suspended', appeal: { text: 'It was a joke', outcome: null } });
    expect(await refusalOf(phone.api.appealSanction({ path: { sanctionId }, body: { text: 'Again' } }))).toEqual([409, 'already_appealed']); // prettier-ignore
  });
});
