import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createWorld, password } from './world.ts';
import type { Person, World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const [moderator, colleague] = [{ staffId: 'staff-1' }, { staffId: 'staff-2' }];
const missing = '0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d5e';
const day = 86_400_000;

type Extra = { decisionId?: string; ruleIds?: string[]; reason?: string };
function decision(extra: Extra = {}) {
  // Lists are by time: no two decisions are made at the same moment.
  world.clock.advance(1);
  return { decisionId: randomUUID(), reason: 'Spam in replies', ...extra };
}

async function post(
  { as }: Person,
  body: { text?: string; visibility?: 'public' | 'followers'; replyToId?: string } = {},
) {
  const { body: card } = await world.social
    .createPost({ as, body: { text: 'Buy now', visibility: 'public', ...body } })
    .expect(201);
  return card.id;
}
const remove = (postId: string, extra: Extra = {}) =>
  world.social.removePost({ as: moderator, path: { postId }, body: decision(extra) });
const putBack = (postId: string, extra: Extra = {}) =>
  world.social.restorePost({ as: moderator, path: { postId }, body: decision(extra) });
const warn = ({ id }: Person, extra: Extra & { postId?: string } = {}) =>
  world.social.warnAccount({ as: moderator, path: { userId: id }, body: decision(extra) });
const suspend = ({ id }: Person, extra: Extra & { until?: string } = {}) =>
  world.social.suspendAccount({ as: moderator, path: { userId: id }, body: decision(extra) });
const restore = ({ id }: Person) =>
  world.social.restoreAccount({ as: moderator, path: { userId: id }, body: decision() });
const appeal = ({ as }: Person, sanctionId: string, text = 'It was a quotation') =>
  world.social.appealSanction({ as, path: { sanctionId }, body: { text } });
const decide = (appealId: string, outcome: 'upheld' | 'overturned', as = colleague, extra: Extra = {}) =>
  world.social.decideAppeal({ as, path: { appealId }, body: { ...decision(extra), outcome } });

const sanctionsOf = async ({ as }: Person) =>
  (await world.social.listSanctions({ as, query: {} }).expect(200)).body.items;
const canSee = async ({ as }: Person, postId: string) =>
  (await world.social.getPost({ as, path: { postId } })).status === 200;
const notices = async ({ as }: Person) =>
  (await world.social.listNotifications({ as, query: {} }).expect(200)).body.items;
const counts = async (viewer: Person, { handle }: Person) =>
  (await world.social.getProfile({ as: viewer.as, path: { handle } }).expect(200)).body.profile.counts;

/** The only sanction of a person, with an open appeal against it; gives the ids of both. */
async function appealed(person: Person) {
  const [sanction] = await sanctionsOf(person);
  await appeal(person, sanction?.id ?? '').expect(201);
  const { body } = await world.social.listAppeals({ as: colleague, query: { status: 'open' } }).expect(200);
  const open = body.items.find(({ sanction: { id } }) => id === sanction?.id);
  return { sanctionId: sanction?.id ?? '', appealId: open?.id ?? '' };
}

describe('a removed post', () => {
  test('is nowhere on the next read, and its author finds why', async () => {
    const [ada, ben] = [await world.person(), await world.person()];
    await world.social.followUser({ as: ben.as, path: { userId: ada.id } }).expect(200);
    const postId = await post(ada, { text: 'Buy this now' });
    const reply = await post(ben, { replyToId: postId });
    await world.social.setReaction({ as: ben.as, path: { postId, kind: 'like' } }).expect(200);
    await world.jobsDone();

    const { body } = await remove(postId, { ruleIds: ['no_spam'] }).expect(200);

    expect(body.removal).toMatchObject({ reason: 'Spam in replies', ruleIds: ['no_spam'], staffId: 'staff-1' });
    expect(await canSee(ben, postId)).toBe(false);
    expect(await canSee(ada, postId)).toBe(false);
    const { body: feed } = await world.social.getHomeFeed({ as: ben.as, query: {} }).expect(200);
    const { body: profile } = await world.social
      .listProfilePosts({ as: ben.as, path: { handle: ada.handle }, query: {} })
      .expect(200);
    expect(JSON.stringify([feed, profile])).not.toContain(postId);
    await world.social.setReaction({ as: ben.as, path: { postId, kind: 'love' } }).expect(404);
    expect(await canSee(ben, reply)).toBe(true);
    expect(await sanctionsOf(ada)).toMatchObject([
      { kind: 'post_removed', ruleIds: ['no_spam'], postId, excerpt: 'Buy this now', liftedAt: null, appeal: null },
    ]);
    expect((await notices(ada)).filter(({ kind }) => kind === 'moderation')).toMatchObject([
      { subject: { type: 'sanction', id: (await sanctionsOf(ada))[0]?.id } },
    ]);
    expect(await sanctionsOf(ben)).toEqual([]);
  });

  test('comes back as it was, with its counts', async () => {
    const [ada, ben] = [await world.person(), await world.person()];
    const parent = await post(ben);
    const postId = await post(ada, { replyToId: parent });
    await world.social.setReaction({ as: ben.as, path: { postId, kind: 'like' } }).expect(200);
    const card = async (id: string) =>
      (await world.social.getPost({ as: ben.as, path: { postId: id } }).expect(200)).body;
    const before = [await card(postId), await card(parent), await counts(ben, ada)];

    await remove(postId).expect(200);
    const meanwhile = [(await card(parent)).counts.replies, (await counts(ben, ada)).posts];
    await putBack(postId).expect(200);

    expect(meanwhile).toEqual([0, 0]);
    expect([await card(postId), await card(parent), await counts(ben, ada)]).toEqual(before);
    expect((await sanctionsOf(ada))[0]?.liftedAt).toEqual(expect.any(String));
  });

  test('is removed once, however many decide at once, and counted once', async () => {
    const ada = await world.person();
    const postId = await post(ada);
    await post(ada);

    const answers = await Promise.all(Array.from({ length: 6 }, () => remove(postId)));
    await Promise.all(Array.from({ length: 6 }, () => putBack(postId)));
    await remove(postId).expect(200);

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
    expect((await counts(ada, ada)).posts).toBe(1);
    expect(await sanctionsOf(ada)).toHaveLength(2);
  });

  test('can be deleted by its author, and is counted right whoever comes first', async () => {
    const ada = await world.person();
    const posts = [await post(ada), await post(ada), await post(ada), await post(ada)];
    const erase = (postId: string) => world.social.deletePost({ as: ada.as, path: { postId } });

    await Promise.all(posts.slice(0, 3).flatMap((id) => [remove(id), erase(id)]));
    const [first = ''] = posts;

    expect((await counts(ada, ada)).posts).toBe(1);
    await putBack(first).expect(404);
    await remove(first).expect(404);
    const { body } = await world.social.getPostForStaff({ as: moderator, path: { postId: first } }).expect(200);
    expect(body).toMatchObject({ text: '', deletedAt: expect.any(String) as unknown });
  });

  test('is one for a decision: sent again it changes nothing, for another it is refused', async () => {
    const ada = await world.person();
    const [one, other] = [await post(ada), await post(ada)];
    const decisionId = randomUUID();
    await remove(one, { decisionId }).expect(200);
    await putBack(one).expect(200);

    await remove(one, { decisionId }).expect(200);

    expect(await canSee(ada, one)).toBe(true);
    expect((await remove(other, { decisionId }).expect(409)).body.code).toBe('decision_reused');
    expect((await putBack(one, { decisionId }).expect(409)).body.code).toBe('decision_reused');
    expect((await remove(other, { ruleIds: ['be_nice'] }).expect(422)).body.code).toBe('unknown_rule');
    await remove(missing).expect(404);
  });
});

test('staff see a post whoever else may, with what it said before', async () => {
  const ada = await world.person();
  const postId = await post(ada, { text: 'First words', visibility: 'followers' });
  await world.social.updatePost({ as: ada.as, path: { postId }, body: { text: 'Second words' } }).expect(200);

  const { body } = await world.social.getPostForStaff({ as: moderator, path: { postId } }).expect(200);

  expect(body).toMatchObject({
    author: { id: ada.id },
    text: 'Second words',
    visibility: 'followers',
    removal: null,
    history: [{ version: 1, text: 'First words' }],
  });
  await world.social.getPostForStaff({ as: ada.as, path: { postId } }).expect(403);
  await world.social.getPostForStaff({ as: moderator, path: { postId: missing } }).expect(404);
});

describe('a warning', () => {
  test('stands among the sanctions and counts for 180 days', async () => {
    const ada = await world.person();
    const postId = await post(ada, { text: 'Mind this' });

    const { body } = await warn(ada, { ruleIds: ['respect'], postId }).expect(200);

    expect(body).toMatchObject({ kind: 'warning', person: { id: ada.id }, staffId: 'staff-1', excerpt: 'Mind this' });
    const [sanction] = await sanctionsOf(ada);
    expect(sanction).toMatchObject({ id: body.id, kind: 'warning', reason: 'Spam in replies', ruleIds: ['respect'] });
    expect(Date.parse(sanction?.expiresAt ?? '') - Date.parse(sanction?.createdAt ?? '')).toBe(180 * day);
    expect(await canSee(ada, postId)).toBe(true);
    expect(await notices(ada)).toHaveLength(1);
  });

  test('is given once for a decision, and only for a post of that person', async () => {
    const [ada, ben] = [await world.person(), await world.person()];
    const decisionId = randomUUID();

    const first = await warn(ada, { decisionId }).expect(200);
    const again = await warn(ada, { decisionId }).expect(200);

    expect(again.body).toEqual(first.body);
    expect(await sanctionsOf(ada)).toHaveLength(1);
    await warn(ben, { decisionId }).expect(409);
    await warn(ada, { postId: await post(ben) }).expect(404);
    await warn({ ...ada, id: missing }).expect(404);
    await world.social.warnAccount({ as: ben.as, path: { userId: ada.id }, body: decision() }).expect(403);
  });
});

describe('a suspension', () => {
  test('is a sanction that is lifted with it', async () => {
    const ada = await world.person();
    const until = new Date(world.clock.now().getTime() + day).toISOString();

    await suspend(ada, { until, ruleIds: ['no_spam'] }).expect(200);
    const during = await sanctionsOf(ada);
    await restore(ada).expect(200);

    expect(during).toMatchObject([{ kind: 'suspended', until, ruleIds: ['no_spam'], liftedAt: null }]);
    expect((await sanctionsOf(ada))[0]?.liftedAt).toEqual(expect.any(String));
    await post(ada);
  });

  test('leaves reading, reporting, appealing and what is private', async () => {
    const [ada, ben] = [await world.person(), await world.person()];
    const postId = await post(ben);
    await suspend(ada).expect(200);
    const { body: session } = await world.social
      .createSession({ as: { service: true }, body: { email: ada.email, password } })
      .expect(201);

    const [sanction] = await sanctionsOf(ada);

    expect(session.user.id).toBe(ada.id);
    expect(await canSee(ada, postId)).toBe(true);
    await world.social
      .createReport({ as: ada.as, headers: {}, body: { subject: { type: 'post', id: postId }, category: 'spam' } })
      .expect(201);
    await appeal(ada, sanction?.id ?? '').expect(201);
    expect((await world.social.createPost({ as: ada.as, body: { text: 'x', visibility: 'public' } }).expect(403)).body.code).toBe('account_suspended'); // prettier-ignore
  });

  test('that was put on another one leaves that one when it is overturned', async () => {
    const ada = await world.person();
    const until = new Date(world.clock.now().getTime() + day).toISOString();
    await suspend(ada, { reason: 'The first', until }).expect(200);
    await suspend(ada, { reason: 'The second' }).expect(200);
    const { appealId } = await appealed(ada);

    await decide(appealId, 'overturned').expect(200);

    const account = async () =>
      (await world.social.getAccount({ as: moderator, path: { userId: ada.id } }).expect(200)).body.suspension;
    expect(await account()).toMatchObject({ reason: 'The first', until });
    world.clock.advance(day);
    expect(await account()).toBeNull();
  });
});

test('staff sign a person out everywhere, once for a decision', async () => {
  const [ada, ben] = [await world.person(), await world.person()];
  const signOut = (decisionId: string, { id } = ada) =>
    world.social.endAccountSessions({ as: moderator, path: { userId: id }, body: decision({ decisionId }) });
  const decisionId = randomUUID();

  const { body } = await signOut(decisionId).expect(200);

  expect(body).toMatchObject({ id: ada.id, status: 'active', activeSessions: 0 });
  await world.social.refreshSession({ as: { service: true }, body: { refreshToken: ada.refreshToken } }).expect(401);
  const anew = await world.social.createSession({ as: { service: true }, body: { email: ada.email, password } }).expect(201); // prettier-ignore
  await signOut(decisionId).expect(200);
  await world.social
    .refreshSession({ as: { service: true }, body: { refreshToken: anew.body.session.refreshToken } })
    .expect(200);
  expect(await sanctionsOf(ada)).toEqual([]);
  await signOut(decisionId, ben).expect(409);
  await signOut(randomUUID(), { ...ada, id: missing }).expect(404);
});

describe('an appeal', () => {
  test('is made once, by the person, against what still stands', async () => {
    const [ada, ben] = [await world.person(), await world.person()];
    await warn(ada).expect(200);
    const [sanction] = await sanctionsOf(ada);
    const sanctionId = sanction?.id ?? '';

    await appeal(ben, sanctionId).expect(404);
    await appeal(ada, missing).expect(404);
    await appeal(ada, sanctionId, '  ').expect(400);
    const answers = await Promise.all([1, 2, 3].map(() => appeal(ada, sanctionId)));

    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    expect((await appeal(ada, sanctionId).expect(409)).body.code).toBe('already_appealed');
    expect((await sanctionsOf(ada))[0]?.appeal).toMatchObject({ text: 'It was a quotation', outcome: null });

    const postId = await post(ada);
    await remove(postId).expect(200);
    await putBack(postId).expect(200);
    const [lifted] = await sanctionsOf(ada);
    expect((await appeal(ada, lifted?.id ?? '').expect(409)).body.code).toBe('sanction_lifted');
  });

  test('is answered again for its key', async () => {
    const ada = await world.person();
    await warn(ada).expect(200);
    const [sanction] = await sanctionsOf(ada);
    const send = () =>
      world.social.appealSanction({
        as: ada.as,
        path: { sanctionId: sanction?.id ?? '' },
        headers: { 'Idempotency-Key': 'k1' },
        body: { text: 'No' },
      });

    const first = await send().expect(201);
    const replay = await send().expect(201);

    expect(replay.body).toEqual(first.body);
    expect(replay.headers['idempotency-replayed']).toBe('true');
  });

  test('is decided by somebody else than who sanctioned', async () => {
    const ada = await world.person();
    await warn(ada).expect(200);
    const { appealId } = await appealed(ada);

    const same = await decide(appealId, 'upheld', moderator).expect(409);
    const { body } = await decide(appealId, 'upheld').expect(200);

    expect(same.body.code).toBe('same_moderator');
    expect(body).toMatchObject({ outcome: 'upheld', reason: 'Spam in replies', sanction: { liftedAt: null } });
    expect((await sanctionsOf(ada))[0]).toMatchObject({ liftedAt: null, appeal: { outcome: 'upheld' } });
    expect((await notices(ada)).reduce((sum, { count }) => sum + count, 0)).toBe(2);
  });

  test('that comes through puts the post back', async () => {
    const [ada, ben] = [await world.person(), await world.person()];
    const postId = await post(ada);
    await remove(postId).expect(200);
    const { appealId } = await appealed(ada);
    const decisionId = randomUUID();

    await decide(appealId, 'overturned', colleague, { decisionId }).expect(200);
    await decide(appealId, 'overturned', colleague, { decisionId }).expect(200);

    expect(await canSee(ben, postId)).toBe(true);
    expect((await counts(ben, ada)).posts).toBe(1);
    expect((await decide(appealId, 'upheld').expect(409)).body.code).toBe('appeal_decided');
    await remove(postId).expect(200);
    expect(await sanctionsOf(ada)).toHaveLength(2);
  });

  test('ends a suspension', async () => {
    const ada = await world.person();
    await suspend(ada).expect(200);
    const { appealId } = await appealed(ada);

    await decide(appealId, 'overturned').expect(200);

    await post(ada);
    expect((await sanctionsOf(ada))[0]).toMatchObject({ appeal: { outcome: 'overturned' }, liftedAt: expect.any(String) as unknown }); // prettier-ignore
  });

  test('of two decisions at once, one counts', async () => {
    const ada = await world.person();
    const postId = await post(ada);
    await remove(postId).expect(200);
    const { appealId } = await appealed(ada);

    const answers = await Promise.all([decide(appealId, 'overturned'), decide(appealId, 'upheld'), decide(appealId, 'overturned')]); // prettier-ignore

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    const { appeal: decided, liftedAt } = (await sanctionsOf(ada))[0] ?? {};
    expect(liftedAt !== null).toBe(decided?.outcome === 'overturned');
    expect(await canSee(ada, postId)).toBe(decided?.outcome === 'overturned');
  });

  test('has come through when the post is put back otherwise', async () => {
    const ada = await world.person();
    const postId = await post(ada);
    await remove(postId).expect(200);
    const { appealId } = await appealed(ada);

    await putBack(postId, { reason: 'It was a quotation' }).expect(200);

    expect((await sanctionsOf(ada))[0]?.appeal).toMatchObject({ outcome: 'overturned', reason: 'It was a quotation' });
    expect((await decide(appealId, 'upheld').expect(409)).body.code).toBe('appeal_decided');
  });

  test('is listed for staff alone, open and decided', async () => {
    const ada = await world.person();
    await warn(ada).expect(200);
    const { appealId } = await appealed(ada);
    const list = async (status: 'open' | 'decided') =>
      (await world.social.listAppeals({ as: colleague, query: { status, limit: 100 } }).expect(200)).body.items.map(
        ({ id }) => id,
      );

    expect(await list('open')).toContain(appealId);
    await decide(appealId, 'upheld').expect(200);

    expect(await list('open')).not.toContain(appealId);
    expect(await list('decided')).toContain(appealId);
    await world.social.listAppeals({ as: ada.as, query: {} }).expect(403);
    await decide(missing, 'upheld').expect(404);
    await world.social.decideAppeal({ as: ada.as, path: { appealId }, body: { ...decision(), outcome: 'overturned' } }).expect(403); // prettier-ignore
  });
});

test('pages through the sanctions of a person', async () => {
  const ada = await world.person();
  for (let count = 0; count < 3; count += 1) await warn(ada).expect(200);
  const all = (await sanctionsOf(ada)).map(({ id }) => id);

  const first = await world.social.listSanctions({ as: ada.as, query: { limit: 2 } }).expect(200);
  const rest = await world.social.listSanctions({ as: ada.as, query: { limit: 2, cursor: first.body.nextCursor ?? '' } }).expect(200); // prettier-ignore

  expect([...first.body.items, ...rest.body.items].map(({ id }) => id)).toEqual(all);
  expect(rest.body.nextCursor).toBeNull();
});
