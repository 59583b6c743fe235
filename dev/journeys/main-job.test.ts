import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { waitFor } from '../../platform/testing/wait.ts';
import { followConsent } from '../flagship-sandbox/consent-form.ts';
import { freePorts } from '../stack/places.ts';
import { startStack } from '../stack/stack.ts';
import type { Stack } from '../stack/stack.ts';
import { createPhone, refusalOf, registerPerson } from './phone.ts';

type Person = Awaited<ReturnType<typeof registerPerson>>;

const devDir = mkdtempSync(path.join(tmpdir(), 'clync-journey-'));
let stack: Stack;
let base: string;
let ada: Person;
let bob: Person;

beforeAll(async () => {
  stack = await startStack({ devDir, ports: await freePorts(), seed: false });
  base = stack.endpoints.urls['bff-mobile'] ?? '';
  [ada, bob] = await Promise.all([registerPerson(base, 'ada'), registerPerson(base, 'bob')]);
});

afterAll(async () => {
  await stack.stop();
  rmSync(devDir, { recursive: true, force: true });
});

const eur = (amountMinor: number) => ({ amountMinor, currency: 'EUR' });
const newKey = () => ({ 'Idempotency-Key': randomUUID() });

describe('signing in', () => {
  test('with e-mail and password, then with each refresh token once', async () => {
    const phone = createPhone(base);

    const { body: first } = await phone.api.login({ body: { email: ada.email, password: ada.password } });
    const { body: second } = await phone.api.refresh({ body: { refreshToken: first.refreshToken } });
    const { body: third } = await phone.api.refresh({ body: { refreshToken: second.refreshToken } });
    phone.signIn(third.accessToken);

    expect((await phone.api.getMe({})).body.handle).toBe('ada');
    await expect(phone.api.refresh({ body: { refreshToken: first.refreshToken } })).rejects.toMatchObject({
      status: 401,
    });
    await expect(phone.api.refresh({ body: { refreshToken: third.refreshToken } })).rejects.toMatchObject({
      status: 401,
    });
  });

  test('ends at sign-out, also for the access token', async () => {
    const phone = createPhone(base);
    const { body } = await phone.api.login({ body: { email: ada.email, password: ada.password } });
    phone.signIn(body.accessToken);

    await phone.api.logout({});

    await expect(phone.api.getMe({})).rejects.toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
  });
});

describe('a picture in a post', () => {
  let mediaId: string;
  let postId: string;

  test('goes straight to Blob Storage and comes out re-encoded, without where it was taken', async () => {
    const photo = await sharp({ create: { width: 640, height: 480, channels: 3, background: '#3a7' } })
      .withExif({ IFD0: { Model: 'Spyphone' }, IFD3: { GPSLatitude: '52/1 30/1 0/1', GPSLatitudeRef: 'N' } })
      .jpeg()
      .toBuffer();

    const { body } = await ada.api.createMedia({
      body: { contentType: 'image/jpeg', byteLength: photo.length, altText: 'A green square' },
    });
    mediaId = body.mediaId;
    const { url, method, headers } = body.upload;
    const upload = await fetch(url, { method, headers, body: new Uint8Array(photo) });
    const { status } = await ada.api.completeMedia({ path: { mediaId } });
    const media = await waitFor('the picture', async () => {
      const { body: now } = await ada.api.getMedia({ path: { mediaId } });
      return now.status !== 'processing' && now;
    });

    expect([upload.status, status]).toEqual([201, 202]);
    expect(media).toMatchObject({ status: 'ready', width: 640, height: 480, altText: 'A green square' });
    expect(media.blurhash).toMatch(/^.{20,}$/);
    const published = Buffer.from(await (await fetch(media.url ?? '')).arrayBuffer());
    expect((await sharp(published).metadata()).exif).toBeUndefined();
    expect(published.includes('Spyphone')).toBe(false);
  });

  test('reaches the feed of a follower, who reacts to it', async () => {
    await bob.api.followUser({ path: { userId: ada.id } });

    const { body: post } = await ada.api.createPost({
      body: { text: 'First light over the harbour.', visibility: 'public', mediaIds: [mediaId] },
      headers: newKey(),
    });
    postId = post.id;
    const seen = await waitFor("the post in Bob's feed", async () => {
      const { body } = await bob.api.getHomeScreen({ query: { feedLimit: 5 } });
      return body.sections.feed.data?.items.find(({ id }) => id === postId);
    });
    const { body: reaction } = await bob.api.setReaction({ path: { postId, kind: 'cheer' } });
    await bob.api.setReaction({ path: { postId, kind: 'cheer' } });

    expect(seen.author.handle).toBe('ada');
    expect(seen.media).toHaveLength(1);
    expect(reaction.counts.reactions).toBe(1);
    expect((await ada.api.getPost({ path: { postId } })).body.counts.reactions).toBe(1);
    const unread = await waitFor("Ada's notifications", async () => {
      const { body } = await ada.api.getHomeScreen({});
      return (body.sections.notifications.data?.unread ?? 0) >= 2 && body.sections.notifications.data?.unread;
    });
    expect(unread).toBe(2);
  });
});

describe('money', () => {
  let pocketId: string;
  let accountId: string;

  test('a pocket with a target and a date has a plan', async () => {
    const { status, body } = await ada.api.createPocket({
      body: { name: 'Summer trip', emoji: '🏖️', currency: 'EUR', target: eur(120_000), targetDate: '2099-06-30' },
      headers: newKey(),
    });
    pocketId = body.id;

    expect(status).toBe(201);
    expect(body).toMatchObject({ balance: eur(0), percent: 0, visibility: 'private', viewerRole: 'owner' });
    expect(body.plan.neededMinor).toBeGreaterThan(0);
  });

  test("a bank is linked at the provider's page, and its balances carry their age", async () => {
    const { body } = await ada.api.createConnection({ body: {}, headers: newKey() });
    const back = await followConsent(body.authorizeUrl);
    const landing = await fetch(back);
    const again = await fetch(back, { headers: { accept: 'application/json' } });

    const accounts = await waitFor('the accounts', async () => {
      const { body: found } = await ada.api.listAccounts({});
      return found.items.length > 0 && found.items;
    });
    accountId = accounts.find(({ kind, currency }) => kind === 'current' && currency === 'EUR')?.id ?? '';
    const screen = await waitFor('the balances', async () => {
      const { body: home } = await ada.api.getHomeScreen({});
      return (home.sections.balances.data?.items.length ?? 0) > 0 && home;
    });

    expect(back).toContain(`${base}/v1/connections/callback?`);
    expect([landing.status, landing.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect([again.status, ((await again.json()) as { code: string }).code]).toEqual([400, 'state_invalid']);
    expect(accountId).not.toBe('');
    expect(screen.sections.balances).toMatchObject({ status: 'ok' });
    expect(Date.parse(screen.sections.balances.asOf ?? '')).not.toBeNaN();
  });

  test('a link is confirmed again at the bank, and nothing of it that is secret is in a log', async () => {
    const { body: banks } = await ada.api.listInstitutions({ query: { limit: 1 } });
    const { body: links } = await ada.api.listConnections({});
    const connectionId = links.items[0]?.id ?? '';
    const open = async () => (await ada.api.renewConnection({ path: { connectionId } })).body.authorizeUrl;
    const backOut = await followConsent(await open(), 'deny');
    const left = await (await fetch(backOut)).text();
    const back = await followConsent(await open());
    const landing = await (await fetch(back)).text();
    await fetch(back);
    const { body: history } = await ada.api.listConnectionHistory({ path: { connectionId } });

    expect(banks.items).toHaveLength(1);
    expect(left).toContain('Your link stays as it was');
    expect(landing).toContain('Your bank is linked');
    expect(history.items.map(({ event }) => event)).toEqual([
      ...['attempt_refused', 'renewed', 'renewal_started', 'renewal_declined', 'renewal_started'],
      ...['attempt_refused', 'linked', 'started'],
    ]);
    const lines = await waitFor('the refusal in the log', () => {
      const logs = readdirSync(path.join(devDir, 'logs')).filter((name) => name !== 'flagship-sandbox.log');
      const text = logs.map((name) => readFileSync(path.join(devDir, 'logs', name), 'utf8')).join('\n');
      return text.includes('a link attempt was refused') && text;
    });
    expect(lines).not.toMatch(/\b(at|rt|ct|code)_[\w-]{20,}/);
    for (const address of [back, backOut]) {
      expect(lines).not.toContain(new URL(address).searchParams.get('state') ?? '');
    }
  });

  test('a deposit is on its way at once and in the wallet when the bank has settled it', async () => {
    const key = newKey();
    const deposit = () => ada.api.createDeposit({ body: { accountId, amount: eur(5_000) }, headers: key });
    const accepted = await waitFor('financial to know the account', () => deposit().catch(() => undefined));
    const again = await deposit();

    const transfer = await waitFor('the settlement', async () => {
      const { body } = await ada.api.getTransfer({ path: { transferId: accepted.body.transfer.id } });
      return body.status === 'settled' && body;
    }); // prettier-ignore

    expect(accepted.status).toBe(202);
    expect(again.headers['Idempotency-Replayed']).toBe('true');
    expect(again.body.transfer.id).toBe(accepted.body.transfer.id);
    expect(transfer.amount).toEqual(eur(5_000));
    expect((await ada.api.getWallet({})).body.balances).toEqual([eur(5_000)]);
  });

  test('that has arrived is told, with its sum for who taps the notification', async () => {
    const told = await waitFor('the notification', async () => {
      const { body } = await ada.api.getNotificationsScreen({});
      return body.sections.groups.data?.items.find(({ kind }) => kind === 'transfer_settled');
    });
    const { body: detail } = await ada.api.getNotification({ path: { notificationId: told.id } });

    expect(JSON.stringify(told)).not.toContain('5000');
    expect(detail.transfer).toMatchObject({ status: 'settled', amount: eur(5_000) });
    expect(await refusalOf(bob.api.getNotification({ path: { notificationId: told.id } }))).toEqual([404, 'not_found']);
  });

  test('moves between wallet and pocket at once, and never below zero', async () => {
    const path_ = { pocketId };
    await ada.api.createContribution({ path: path_, body: { amount: eur(3_000) }, headers: newKey() });
    await ada.api.createPocketWithdrawal({ path: path_, body: { amount: eur(1_000) }, headers: newKey() });
    const tooMuch = await refusalOf(
      ada.api.createContribution({ path: path_, body: { amount: eur(3_001) }, headers: newKey() }),
    );
    const noKey = await refusalOf(ada.api.createContribution({ path: path_, body: { amount: eur(1) } }));

    expect(tooMuch).toEqual([409, 'insufficient_funds']);
    expect(noKey).toEqual([400, 'idempotency_key_required']);
    expect((await ada.api.getPocket({ path: path_ })).body.balance).toEqual(eur(2_000));
    expect((await ada.api.getWallet({})).body.balances).toEqual([eur(3_000)]);
  });

  test('leaves to the bank, reserved until it has arrived', async () => {
    const { body } = await ada.api.createWalletWithdrawal({
      body: { accountId, amount: eur(1_000) },
      headers: newKey(),
    });
    const reserved = (await ada.api.getWallet({})).body;
    await waitFor('the settlement', async () => {
      const { body: now } = await ada.api.getTransfer({ path: { transferId: body.transfer.id } });
      return now.status === 'settled';
    }); // prettier-ignore

    expect(reserved.available).toEqual([eur(2_000)]);
    expect((await ada.api.getWallet({})).body).toMatchObject({ balances: [eur(2_000)], pending: [eur(0)] });
  });

  test('is nobody else’s to see or to move', async () => {
    const look = await refusalOf(bob.api.getPocket({ path: { pocketId } }));
    const take = await refusalOf(
      bob.api.createPocketWithdrawal({ path: { pocketId }, body: { amount: eur(1) }, headers: newKey() }),
    );
    const draw = await refusalOf(bob.api.createDeposit({ body: { accountId, amount: eur(1) }, headers: newKey() }));

    expect([look, take, draw]).toEqual(Array(3).fill([404, 'not_found']));
  });
});

describe('the home screen', () => {
  test('has all its sections from three services, and an ETag for one person', async () => {
    const { body, etag = '' } = await ada.api.getHomeScreen({});
    const token = (await ada.api.login({ body: { email: ada.email, password: ada.password } })).body.accessToken;
    const unchanged = await fetch(`${base}/v1/screens/home`, {
      headers: { authorization: `Bearer ${token}`, 'if-none-match': etag },
    });

    expect(Object.entries(body.sections).map(([name, { status }]) => `${name} ${status}`)).toEqual([
      'profile ok',
      'feed ok',
      'pockets ok',
      'balances ok',
      'notifications ok',
      'marker ok',
      'announcements ok',
    ]);
    expect(body.sections.pockets.data?.items).toHaveLength(1);
    expect(unchanged.status).toBe(304);
  });

  test('survives flagship: balances stale with their age, everything else fresh, and fresh again by itself', async () => {
    const before = (await ada.api.getHomeScreen({})).body.sections.balances;
    await stack.process('flagship').kill('SIGKILL', { keepDown: true });

    const started = performance.now();
    const { body } = await ada.api.getHomeScreen({});
    const tookMs = performance.now() - started;
    const money = (await ada.api.getMoneyScreen({})).body.sections;
    await stack.process('flagship').start();
    const healed = await waitFor('fresh balances', async () => {
      const { body: now } = await ada.api.getHomeScreen({});
      return now.sections.balances.status === 'ok' && now.sections.balances;
    });

    expect(tookMs).toBeLessThan(800);
    expect(body.sections.balances).toMatchObject({ status: 'stale', asOf: before.asOf, data: before.data });
    expect(money).toMatchObject({
      accounts: { status: 'stale', data: before.data },
      transactions: { status: 'unavailable' },
    });
    expect(body.sections.balances.retryAfterSeconds).toBeGreaterThan(0);
    expect(body.sections.feed.status).toBe('ok');
    expect(body.sections.pockets.status).toBe('ok');
    expect(healed.data?.items).toEqual(before.data?.items);
  });
});

describe('a partner', () => {
  test('reads the documents and the problem pages without signing in', async () => {
    const [docs, script, document, problem] = await Promise.all(
      ['/docs', '/docs/assets/swagger-ui-bundle.js', '/openapi.json', '/problems/insufficient_funds'].map((at) =>
        fetch(`${base}${at}`),
      ),
    );

    expect([docs?.status, script?.status, document?.status, problem?.status]).toEqual([200, 200, 200, 200]);
    expect(await docs?.text()).not.toMatch(/(src|href)="(https?:)?\/\//);
    expect(await document?.json()).toMatchObject({ openapi: '3.1.0', info: { title: 'CLYNC for phones' } });
    expect(await problem?.text()).toContain('There is not enough money');
  });
});
