import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import got from 'got';
import { waitFor } from '#platform/testing/wait';
import type { components } from '#openapi/bff-admin';
import { openBrowser } from '../../bff-admin/tests/kit/browser.ts';
import type { Browser } from '../../bff-admin/tests/kit/browser.ts';
import { freePorts } from '../stack/places.ts';
import { startStack } from '../stack/stack.ts';
import type { Stack } from '../stack/stack.ts';
import { refusalOf, registerPerson } from './phone.ts';

type Schemas = components['schemas'];
type Person = Awaited<ReturnType<typeof registerPerson>>;

const devDir = mkdtempSync(path.join(tmpdir(), 'clync-journey-'));
let stack: Stack;
let portal: string;
let ca: string;
let token: string;
let ada: Person;

beforeAll(async () => {
  stack = await startStack({ devDir, ports: await freePorts(), seed: false });
  portal = stack.endpoints.urls['bff-admin'] ?? '';
  ca = readFileSync(stack.endpoints.entra.caFile, 'utf8');
  token = await requestScriptToken();
  ada = await registerPerson(stack.endpoints.urls['bff-mobile'] ?? '', 'ada');
});

afterAll(async () => {
  await stack.stop();
  rmSync(devDir, { recursive: true, force: true });
});

test.each(['ADA@example', 'ad', ''])('finds a person by %j', async (q) => {
  const page = await asScript<{ items: { id: string }[] }>('get', 'v1/users', q === '' ? {} : { searchParams: { q } });

  expect(page.body.items.map(({ id }) => id)).toContain(ada.id);
});

test('shows everything about a person on one page: money to FinanceOps, and to Support not', async () => {
  const finance = await signIn('financeops@clync.example');
  const support = await signIn('support@clync.example');

  const whole = await finance.http.get(`v1/users/${ada.id}`).json<Schemas['UserScreen']>();
  const part = await support.http.get(`v1/users/${ada.id}`).json<Schemas['UserScreen']>();

  expect(whole.sections).toMatchObject({
    profile: { status: 'ok', data: { handle: 'ada' } },
    account: { status: 'ok', data: { email: ada.email, status: 'active', suspension: null } },
    money: { status: 'ok', data: { userId: ada.id } },
    connections: { status: 'ok', data: { items: [] } },
    audit: { status: 'ok' },
  });
  const others = ['profile', 'account', 'sessions', 'reports', 'sanctions', 'connections', 'notes', 'audit'];
  expect(Object.keys(part.sections)).toEqual(others);
  expect(Object.values(whole.sections).map(({ status }) => status)).toEqual(Array(others.length + 1).fill('ok'));
});

test('answers 404 for somebody who is not there', async () => {
  const answer = await asScript('get', 'v1/users/0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d5e');

  expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } });
});

test('what staff switch on, announce and refuse is so on the phone within a minute', async () => {
  const { api } = ada;
  const flag = 'v1/feature-flags/new-composer';
  const storeUrl = 'https://apps.example.com/clync';
  await asScript('put', flag, { json: { enabled: true } });
  const { body: news } = await asScript<{ id: string }>('post', 'v1/announcements', {
    json: { title: 'News', body: 'For those with the new composer.', audience: { flagKey: 'new-composer' } },
  });
  await asScript('put', 'v1/app-versions/ios', {
    json: { minimum: '2.0', recommended: '2.1', current: '2.1', storeUrl },
  });
  const sections = async () => (await api.getBootstrap({})).body.sections;
  const isOn = async () => (await sections()).flags.data?.values['new-composer'] === true;
  const announced = async () =>
    (await api.getHomeScreen({})).body.sections.announcements.data?.items.map(({ id }) => id);
  const old = { 'X-App-Version': '1.9', 'X-App-Platform': 'ios' };

  await waitFor('the phone to be told', async () => (await sections()).app.data?.versions.length === 1, {
    everyMs: 250,
  });
  const refused = await refusalOf(api.getHomeScreen({ headers: old }));
  const { body: told } = await api.getBootstrap({ headers: old });
  const before = await announced();
  await api.dismissAnnouncement({ path: { announcementId: news.id } });
  const after = await announced();
  await asScript('post', `${flag}/kill`, { json: { reason: 'It loses drafts' } });
  await waitFor('the flag to be off', async () => !(await isOn()), { everyMs: 250 });

  expect(refused).toEqual([426, 'upgrade_required']);
  expect(told.sections.app.data).toMatchObject({ update: 'required', versions: [{ platform: 'ios', storeUrl }] });
  expect(before).toContain(news.id);
  expect(after).not.toContain(news.id);
});

test('suspends and restores with a reason, each under one line of the log', async () => {
  const moderator = await signIn('moderator@clync.example');
  const headers = { 'x-csrf-token': await moderator.csrfToken() };
  const post = () => tryToPost(ada);

  const suspended = await moderator.http
    .post(`v1/users/${ada.id}/suspend`, { headers, json: { reason: 'Spam in replies' } })
    .json();
  const whileSuspended = await signInAgain(ada).then(post);
  const restored = await moderator.http
    .post(`v1/users/${ada.id}/restore`, { headers, json: { reason: 'Sorry' } })
    .json();
  const afterwards = await post();
  const log = await linesAbout(ada.id);

  expect(suspended).toMatchObject({ outcome: 'done', status: 'suspended', suspension: { reason: 'Spam in replies' } });
  expect(whileSuspended).toBe('account_suspended');
  expect(restored).toMatchObject({ outcome: 'done', status: 'active', suspension: null });
  expect(afterwards).toBe('posted');
  expect(log.filter(({ action }) => action === 'user.suspend')).toEqual([
    expect.objectContaining({
      reason: 'Spam in replies',
      outcome: 'done',
      actor: expect.objectContaining({ name: 'Marco Moderator' }),
    }),
  ]);
  expect(log.filter(({ action }) => action === 'user.restore')).toEqual([
    expect.objectContaining({ reason: 'Sorry', outcome: 'done' }),
  ]);
  expect((await asScript('get', 'v1/audit-events/verification')).body).toMatchObject({
    valid: true,
    firstBrokenId: null,
  });
});

test('freezes money when a second person agrees, and the books and the provider are shown to FinanceOps', async () => {
  const finance = await signIn('financeops@clync.example');
  const headers = { 'x-csrf-token': await finance.csrfToken() };
  const path = `v1/users/${ada.id}/money-freeze`;

  const proposed = await finance.http
    .post(path, { headers, json: { reason: 'The account was taken over' } })
    .json<Schemas['Proposal']>();
  const json = { payloadHash: proposed.payloadHash };
  const own = await finance.http.post(`v1/proposals/${proposed.id}/approve`, { headers, json });
  const approved = await asScript('post', `v1/proposals/${proposed.id}/approve`, { json });
  const screen = await finance.http.get(`v1/users/${ada.id}`).json<Schemas['UserScreen']>();
  const shown = await Promise.all(
    [
      'ledger/trial-balance',
      'transfers?status=stalled',
      'reconciliations',
      'reconciliation-breaks',
      'provider-health',
    ].map(async (place) => (await finance.http.get(`v1/${place}`)).statusCode),
  );

  expect(own.statusCode).toBe(403);
  expect(approved).toMatchObject({ status: 200, body: { status: 'executed' } });
  expect(screen.sections.money).toMatchObject({
    data: { freezes: [{ kind: 'person', reason: 'The account was taken over' }] },
  });
  expect(shown).toEqual([200, 200, 200, 200, 200]);
});

test('refuses a decision about somebody who is not there, and closes its line so', async () => {
  const nobody = '0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d5e';

  const answer = await asScript('post', `v1/users/${nobody}/suspend`, { json: { reason: 'Spam' } });

  expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } });
  expect((await linesAbout(nobody))[0]).toMatchObject({
    action: 'user.suspend',
    outcome: 'refused',
    details: { code: 'not_found' },
  });
});

test('a reported post is gone everywhere at once; its author reads why, appeals, and another moderator puts it back', async () => {
  const phones = stack.endpoints.urls['bff-mobile'] ?? '';
  const [ben, cleo] = [await registerPerson(phones, 'ben'), await registerPerson(phones, 'cleo')];
  const { body: post } = await ben.api.createPost({ body: { text: 'Buy zanzibar now', visibility: 'public' } });
  const path = { postId: post.id };
  await cleo.api.followUser({ path: { userId: ben.id } });
  await cleo.api.setReaction({ path: { ...path, kind: 'like' } });
  await waitFor('the post in the feed', async () => (await whereSeen(cleo, post.id)).includes('feed'));
  const before = await whereSeen(cleo, post.id);
  const subject = { type: 'post' as const, id: post.id };
  const report = { subject, category: 'spam' as const, comment: 'Everywhere' };
  const { body: reported } = await cleo.api.createReport({ body: report });
  await ada.api.createReport({ body: report });

  const marco = await signInStaff('moderator@clync.example');
  const queue = await marco<{ items: Schemas['ReportCase'][] }>('get', 'v1/reports?queue=spam&status=open');
  // On a busy machine a part may be late: it is asked for again.
  const screen = await waitFor('the whole case', async () => {
    const whole = await marco<Schemas['ReportScreen']>('get', `v1/reports/${reported.id}`);
    return Object.values(whole.body.sections).every(({ status }) => status === 'ok') && whole;
  });
  const claimed = await marco('post', `v1/reports/${reported.id}/claim`);
  const again = await asScript('post', `v1/reports/${reported.id}/claim`);
  const verdict = { action: 'remove_content', reason: 'Spam in replies', ruleIds: ['no_spam'] };
  const decided = await marco('post', `v1/reports/${reported.id}/decision`, verdict);
  const gone = await whereSeen(cleo, post.id);
  const { items: sanctions } = (await ben.api.listSanctions({})).body;
  const reports = (await cleo.api.listReports({})).body.items;
  await ben.api.appealSanction({ path: { sanctionId: sanctions[0]?.id ?? '' }, body: { text: 'A place name' } });
  const appeals = await marco<{ items: { id: string }[] }>('get', 'v1/appeals?status=open');
  const place = `v1/appeals/${appeals.body.items[0]?.id ?? ''}/decision`;
  const own = await marco('post', place, { outcome: 'overturned', reason: 'It is one' });
  const other = await asScript('post', place, { json: { outcome: 'overturned', reason: 'It is one' } });
  const back = await cleo.api.getPost({ path });
  const after = await asScript<Schemas['ReportScreen']>('get', `v1/reports/${reported.id}`);

  expect(before).toEqual(['post', 'feed', 'profile', 'search']);
  expect(queue.body.items).toEqual([expect.objectContaining({ subject, reports: 2, subjectOwnerId: ben.id })]);
  expect(screen.body.sections).toMatchObject({
    post: { data: { post: { text: 'Buy zanzibar now', removal: null } } },
    reports: {
      data: { items: [{ reporter: { handle: 'ada' } }, { reporter: { handle: 'cleo' }, comment: 'Everywhere' }] },
    },
    sanctions: { data: { items: [], strikes: 0 } },
  });
  expect([claimed.status, again.status, decided.status]).toEqual([200, 409, 200]);
  expect(gone).toEqual([]);
  expect(sanctions).toMatchObject([{ kind: 'post_removed', reason: 'Spam in replies', ruleIds: ['no_spam'] }]);
  expect(JSON.stringify(sanctions)).not.toContain('cleo');
  expect(reports).toMatchObject([{ id: reported.id, status: 'acted' }]);
  expect(own).toMatchObject({ status: 409, body: { code: 'same_moderator' } });
  expect(other).toMatchObject({ status: 200, body: { outcome: 'done' } });
  expect(back.body.counts.reactions).toBe(1);
  expect((await ben.api.listSanctions({})).body.items).toMatchObject([{ liftedAt: expect.any(String), appeal: { outcome: 'overturned', reason: 'It is one' } }]); // prettier-ignore
  expect(after.body).toMatchObject({
    status: 'decided',
    outcome: 'removed',
    sections: { sanctions: { data: { strikes: 0 } } },
  });
  expect(after.body.history.map(({ kind }) => kind)).toEqual([
    'overturned',
    'decided',
    'claimed',
    'reported',
    'reported',
  ]);
});

test('staff take a post down that nobody reported, and put it back, each with a reason', async () => {
  const eli = await registerPerson(stack.endpoints.urls['bff-mobile'] ?? '', 'eli');
  const { body: post } = await eli.api.createPost({ body: { text: 'Not for here', visibility: 'public' } });
  const path = { postId: post.id };
  const act = (what: 'remove' | 'restore', id = post.id) =>
    asScript('post', `v1/posts/${id}/${what}`, { json: { reason: 'Spam' } });

  const removed = await act('remove');
  const gone = await refusalOf(eli.api.getPost({ path }));
  const restored = await act('restore');

  expect(removed).toMatchObject({ status: 200, body: { outcome: 'done', post: { removal: { reason: 'Spam' } } } });
  expect(gone).toEqual([404, 'not_found']);
  expect(restored).toMatchObject({ status: 200, body: { outcome: 'done', post: { removal: null } } });
  expect((await eli.api.getPost({ path })).body.text).toBe('Not for here');
  expect(await act('remove', eli.id)).toMatchObject({ status: 404, body: { code: 'not_found' } });
});

test('a person who is suspended for what they posted still has their money', async () => {
  const dora = await registerPerson(stack.endpoints.urls['bff-mobile'] ?? '', 'dora');
  const { body: pocket } = await dora.api.createPocket({ body: { name: 'Bike', currency: 'EUR' } });
  const { body: report } = await ada.api.createReport({
    body: { subject: { type: 'user', id: dora.id }, category: 'hate' },
  });

  const decided = await asScript('post', `v1/reports/${report.id}/decision`, {
    json: { action: 'suspend', reason: 'Hate' },
  });
  await signInAgain(dora);

  expect(decided).toMatchObject({ status: 200, body: { action: 'suspend' } });
  expect(await tryToPost(dora)).toBe('account_suspended');
  expect((await dora.api.getPocket({ path: { pocketId: pocket.id } })).body.balance.amountMinor).toBe(0);
  expect((await dora.api.getWallet({})).body.available).toEqual([{ amountMinor: 0, currency: 'EUR' }]);
  expect(
    await refusalOf(dora.api.createPocketWithdrawal({ path: { pocketId: pocket.id }, headers: { 'Idempotency-Key': 'w1' }, body: { amount: { amountMinor: 1, currency: 'EUR' } } })), // prettier-ignore
  ).toEqual([409, 'insufficient_funds']);
});

test('signs a person out everywhere within a minute, and keeps a note of why', async () => {
  const mina = await registerPerson(stack.endpoints.urls['bff-mobile'] ?? '', 'mina');
  const support = await signInStaff('support@clync.example');
  const about = `v1/users/${mina.id}`;

  const done = await support('post', `${about}/sign-out`, { reason: 'The phone was stolen' });
  await support('post', `${about}/notes`, { text: 'Called from a number we know.' });
  const refused = await waitFor(
    'the phone to be signed out',
    () => mina.api.getMe({}).then(() => undefined, (error: unknown) => (error as { status: number }).status), // prettier-ignore
    { timeoutMs: 60_000, everyMs: 250 },
  );
  await signInAgain(mina);
  const { body: screen } = await support<Schemas['UserScreen']>('get', about);

  expect(done).toMatchObject({ status: 200, body: { outcome: 'done', status: 'active' } });
  expect(refused).toBe(401);
  const [now, before] = screen.sections.sessions.data?.items ?? [];
  expect([now?.endedAt, before?.endReason]).toEqual([null, 'ended_by_staff']);
  expect(screen.sections.notes.data?.items).toMatchObject([{ text: 'Called from a number we know.' }]);
  expect(screen.sections.audit.data?.items.map(({ action }) => action)).toEqual([
    'user.view',
    'user.note',
    'user.sign_out',
  ]);
});

test('every figure of the dashboard is what its drill-down lists', async () => {
  await ada.api.createReport({ body: { subject: { type: 'user', id: await idOf('mina') }, category: 'spam' } });
  const { body: dashboard } = await asScript<Schemas['Dashboard']>('get', 'v1/dashboard');
  const counts = dashboard.figures.filter(({ value }) => typeof value === 'number');
  const lists = counts.filter(({ name }) => !/^(audit|provider)\./.test(name));
  const { body: health } = await asScript<Schemas['ProviderHealth']>('get', 'v1/provider-health');

  const listed: [string, number][] = [];
  for (const { name, drillDown } of lists) listed.push([name, await countItems(drillDown)]);

  expect(dashboard.figures.filter(({ status }) => status !== 'ok')).toEqual([]);
  expect(listed).toEqual(lists.map(({ name, value }) => [name, value]));
  expect(new Map(listed).get('reports.open.spam')).toBeGreaterThan(0);
  for (const [kind, { count }] of Object.entries(health.waiting)) {
    expect(counts.find(({ name }) => name === `provider.waiting.${kind}`)?.value).toBe(count);
  }
});

test('staff take a list away as a file, and each link to it is a line of the log', async () => {
  const { body: begun } = await asScript<Schemas['Export']>('post', 'v1/exports', {
    json: { kind: 'users', filter: { q: ada.id } },
  });
  const made = await waitFor(
    'the file',
    async () => {
      const { body } = await asScript<Schemas['Export']>('get', `v1/exports/${begun.id}`);
      return body.status === 'ready' && body;
    },
    { everyMs: 250 },
  );

  const file = await got(made.url ?? '').text();
  const log = await asScript<{ items: Schemas['AuditEvent'][] }>('get', 'v1/audit-events', {
    searchParams: { targetType: 'export', targetId: begun.id },
  });

  expect(made.rows).toBe(1);
  expect(file.split('\r\n')).toEqual([expect.stringMatching(/^id,handle,/), expect.stringContaining(ada.email), '']);
  expect(log.body.items.map(({ action }) => action).reverse()).toEqual([
    'export.create',
    'export.finish',
    'export.link',
  ]);
});

test('shows the rest of a person while flagship is dead', async () => {
  await stack.process('flagship').kill('SIGKILL', { keepDown: true });

  const { status, body } = await asScript<Schemas['UserScreen']>('get', `v1/users/${ada.id}`);
  const { body: dashboard } = await asScript<Schemas['Dashboard']>('get', 'v1/dashboard');
  await stack.process('flagship').start();

  expect(status).toBe(200);
  expect(body.sections).toMatchObject({
    profile: { status: 'ok' },
    money: { status: 'ok' },
    connections: { status: 'unavailable', data: null },
  });
  const missing = dashboard.figures.filter((figure) => figure.status === 'unavailable');
  expect(new Set(missing.map(({ name }) => name.split('.')[0]))).toEqual(new Set(['provider', 'jobs']));
});

test('carries a decision through when social dies before it answers, and the portal after it asked', async () => {
  await stack.process('social').kill('SIGKILL', { keepDown: true });
  const decided = await asScript('post', `v1/users/${ada.id}/suspend`, { json: { reason: 'While social is down' } });
  await stack.process('bff-admin').kill('SIGKILL');
  const [line] = await waitFor('the portal to be back', () => linesAbout(ada.id).catch(() => undefined), {
    timeoutMs: 30_000,
  });

  await stack.process('social').start();
  const closed = await waitFor(
    'the line to be closed',
    async () => {
      const [now] = await linesAbout(ada.id);
      return now?.outcome === 'done' && now;
    },
    { everyMs: 250 },
  );
  const screen = await asScript<Schemas['UserScreen']>('get', `v1/users/${ada.id}`);

  expect(decided).toMatchObject({ status: 202, body: { outcome: 'pending' } });
  expect(line).toMatchObject({ action: 'user.suspend', outcome: 'pending' });
  expect(closed).toMatchObject({ id: line?.id, reason: 'While social is down' });
  expect(screen.body.sections.account.data).toMatchObject({
    status: 'suspended',
    suspension: { reason: 'While social is down' },
  });
});

async function idOf(handle: string): Promise<string> {
  const { body } = await asScript<{ items: { id: string }[] }>('get', 'v1/users', { searchParams: { q: handle } });
  return body.items[0]?.id ?? '';
}

/** How many items a list has, page by page. */
async function countItems(drillDown: string): Promise<number> {
  const { pathname, searchParams } = new URL(drillDown, portal);
  const query = { ...Object.fromEntries(searchParams), limit: '2' };
  const readPage = async (cursor?: string) => {
    const parts = { searchParams: { ...query, ...(cursor !== undefined && { cursor }) } };
    return (await asScript<ListPage>('get', pathname.slice(1), parts)).body;
  };
  let page = await readPage();
  let count = page.items.length;
  while (page.nextCursor !== null) {
    page = await readPage(page.nextCursor);
    count += page.items.length;
  }
  return count;
}

interface ListPage {
  items: object[];
  nextCursor: string | null;
}

async function signIn(email: string): Promise<Browser> {
  const browser = openBrowser(portal, { ca });
  await browser.signIn(email);
  return browser;
}

/** In which places a person meets a post. */
async function whereSeen({ api }: Person, postId: string): Promise<string[]> {
  const post = await api.getPost({ path: { postId } }).then(
    () => true,
    () => false,
  );
  const { feed } = (await api.getFeedScreen({})).body.sections;
  const { posts } = (await api.getProfileScreen({ path: { handle: 'ben' } })).body.sections;
  const { body: found } = await api.search({ query: { q: 'zanzibar', type: 'posts' } });
  const places = {
    post,
    feed: JSON.stringify(feed.data).includes(postId),
    profile: JSON.stringify(posts.data).includes(postId),
    search: JSON.stringify(found).includes(postId),
  };
  return Object.entries(places).flatMap(([place, isThere]) => (isThere ? [place] : []));
}

/** A member of staff in a browser, as somebody who asks and reads answers. */
async function signInStaff(email: string) {
  const browser = await signIn(email);
  const headers = { 'x-csrf-token': await browser.csrfToken() };
  return async <T>(method: 'get' | 'post', place: string, json?: object): Promise<{ status: number; body: T }> => {
    const answer = await browser.http(place, { method, headers, ...(json && { json }) });
    return { status: answer.statusCode, body: JSON.parse(answer.body) as T };
  };
}

async function requestScriptToken(): Promise<string> {
  const { tenantId, portalClientId, scriptClientId, scriptClientSecret } = stack.endpoints.entra;
  const answer = await got.post(`${stack.endpoints.urls['entra'] ?? ''}/${tenantId}/oauth2/v2.0/token`, {
    form: {
      grant_type: 'client_credentials',
      client_id: scriptClientId,
      client_secret: scriptClientSecret,
      scope: `api://${portalClientId}/.default`,
    },
    https: { certificateAuthority: ca },
  });
  return (JSON.parse(answer.body) as { access_token: string }).access_token;
}

interface Parts {
  searchParams?: Record<string, string>;
  json?: unknown;
}

async function asScript<T>(
  method: 'get' | 'post' | 'put',
  place: string,
  parts: Parts = {},
): Promise<{ status: number; body: T }> {
  const answer = await got(place, {
    prefixUrl: portal,
    method,
    headers: { authorization: `Bearer ${token}` },
    ...parts,
    throwHttpErrors: false,
    retry: { limit: 0 },
  });
  return { status: answer.statusCode, body: JSON.parse(answer.body) as T };
}

async function linesAbout(userId: string): Promise<Schemas['AuditEvent'][]> {
  const searchParams = { targetType: 'user', targetId: userId };
  const { body } = await asScript<{ items: Schemas['AuditEvent'][] }>('get', 'v1/audit-events', { searchParams });
  return body.items.filter(({ action }) => action !== 'user.view');
}

async function signInAgain(person: Person): Promise<void> {
  const { api, email, password } = person;
  const { body } = await api.login({ body: { email, password } });
  person.signIn(body.accessToken);
}

async function tryToPost({ api }: Person): Promise<string | undefined> {
  try {
    await api.createPost({ body: { text: 'Hello', visibility: 'public' } });
    return 'posted';
  } catch (error) {
    return (error as { body: { code?: string } }).body.code;
  }
}
