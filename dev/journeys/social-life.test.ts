import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { waitFor } from '../../platform/testing/wait.ts';
import { freePorts } from '../stack/places.ts';
import { startStack } from '../stack/stack.ts';
import type { Stack } from '../stack/stack.ts';
import { createPhone, refusalOf, registerPerson } from './phone.ts';

type Person = Awaited<ReturnType<typeof registerPerson>>;

const devDir = mkdtempSync(path.join(tmpdir(), 'clync-social-'));
let stack: Stack;
let base: string;
let ada: Person;
let bob: Person;
let eve: Person;

beforeAll(async () => {
  stack = await startStack({ devDir, ports: await freePorts(), seed: false });
  base = stack.endpoints.urls['bff-mobile'] ?? '';
  [ada, bob, eve] = await Promise.all([
    registerPerson(base, 'ada'),
    registerPerson(base, 'bob'),
    registerPerson(base, 'eve'),
  ]);
});

afterAll(async () => {
  await stack.stop();
  rmSync(devDir, { recursive: true, force: true });
});

const newKey = () => ({ 'Idempotency-Key': randomUUID() });
const hidden = [404, 'not_found'];

async function post(person: Person, body: Parameters<Person['api']['createPost']>[0]['body']): Promise<string> {
  return (await person.api.createPost({ body, headers: newKey() })).body.id;
}

/** The ids on somebody's feed screen. */
async function feedOf(person: Person): Promise<string[]> {
  const { body } = await person.api.getFeedScreen({});
  return body.sections.feed.data?.items.map(({ id }) => id) ?? [];
}

describe('a locked account', () => {
  test('is asked, and shows nothing to who waits', async () => {
    await ada.api.updateMe({ body: { locked: true } });
    const postId = await post(ada, { text: 'For those I let in', visibility: 'followers' });

    const asked = await bob.api.followUser({ path: { userId: ada.id } });
    const waiting = await refusalOf(bob.api.getPost({ path: { postId } }));
    const { body: requests } = await ada.api.listFollowRequests({});
    await ada.api.acceptFollowRequest({ path: { userId: bob.id } });
    await ada.api.acceptFollowRequest({ path: { userId: bob.id } });
    const { body: opened } = await bob.api.getPostScreen({ path: { postId } });
    const { body: profile } = await bob.api.getProfileScreen({ path: { handle: 'ada' } });

    expect(asked.body.state).toBe('requested');
    expect(waiting).toEqual(hidden);
    expect(requests.items.map(({ handle }) => handle)).toEqual(['bob']);
    expect(opened.sections.post.data?.id).toBe(postId);
    expect(profile.sections.relationship.data).toMatchObject({ following: 'following' });
    expect(profile.sections.profile.data?.counts.followers).toBe(1);
    await waitFor("the post in Bob's feed", async () => (await feedOf(bob)).includes(postId));
  });
});

describe('how far somebody has read', () => {
  test('is known on their other device', async () => {
    const lastReadId = (await feedOf(bob))[0] ?? '';
    await bob.api.putMarker({ path: { timeline: 'home' }, body: { lastReadId, version: 0 } });

    const other = createPhone(base);
    other.signIn((await other.api.login({ body: { email: bob.email, password: bob.password } })).body.accessToken);
    const [home, feed] = [await other.api.getHomeScreen({}), await other.api.getFeedScreen({})];

    for (const { body } of [home, feed]) {
      expect(body.sections.marker).toMatchObject({ status: 'ok', data: { timeline: 'home', lastReadId, version: 1 } });
    }
  });
});

describe('a circle', () => {
  test('reads what is for it; who is not in it, or no longer, meets nothing', async () => {
    const { body: circle } = await ada.api.createCircle({ body: { name: 'Close friends' } });
    await ada.api.addCircleMember({ path: { circleId: circle.id, userId: bob.id } });
    const postId = await post(ada, { text: 'Only for you #secretword', visibility: 'circle', circleId: circle.id });

    const { body: seen } = await bob.api.getPost({ path: { postId } });
    const stranger = await refusalOf(eve.api.getPost({ path: { postId } }));
    const { body: found } = await eve.api.search({ query: { q: 'secretword', type: 'posts' } });
    await ada.api.removeCircleMember({ path: { circleId: circle.id, userId: bob.id } });
    const removed = await refusalOf(bob.api.getPost({ path: { postId } }));

    expect(seen).toMatchObject({ visibility: 'circle', circleId: null });
    expect([stranger, removed]).toEqual([hidden, hidden]);
    expect(found.items).toEqual([]);
    expect(await feedOf(bob)).not.toContain(postId);
  });
});

describe('a conversation', () => {
  let rootId: string;

  test('goes by the reply policy of its first post, and keeps the place of what is deleted', async () => {
    rootId = await post(ada, { text: 'Who comes along?', visibility: 'public', replyPolicy: 'followers' });
    const first = await post(bob, { text: 'I do', visibility: 'public', replyToId: rootId });
    const outsider = await refusalOf(post(eve, { text: 'Me too', visibility: 'public', replyToId: rootId }));
    const answer = await post(ada, { text: 'Great', visibility: 'public', replyToId: first });

    await bob.api.deletePost({ path: { postId: first } });
    const { body } = await eve.api.getPostScreen({ path: { postId: answer } });

    expect(outsider).toEqual([403, 'reply_not_allowed']);
    expect(body.sections.ancestors.data).toMatchObject([{ id: rootId }, { id: first, tombstone: 'deleted' }]);
  });

  test('is edited in the open', async () => {
    const { body: before, etag = '' } = await ada.api.getPost({ path: { postId: rootId } });
    await eve.api.setReaction({ path: { postId: rootId, kind: 'like' } });
    const edit = (text: string) =>
      ada.api.updatePost({ path: { postId: rootId }, body: { text }, headers: { 'If-Match': etag } });
    const { body: after } = await edit('Who comes along on Sunday?');
    const stale = await refusalOf(edit('Nobody?'));
    const { body: versions } = await bob.api.listPostVersions({ path: { postId: rootId } });

    expect(after).toMatchObject({ id: before.id, text: 'Who comes along on Sunday?' });
    expect(after.editedAt).not.toBeNull();
    expect(stale).toEqual([412, 'precondition_failed']);
    expect(versions.items.map(({ text }) => text)).toEqual(['Who comes along on Sunday?', 'Who comes along?']);
  });

  test('is quoted until its author takes it out of the quote', async () => {
    const quoteId = await post(eve, { text: 'Look at this', visibility: 'public', quoteOfId: rootId });
    const shown = (await bob.api.getPost({ path: { postId: quoteId } })).body.quote;
    await ada.api.revokeQuote({ path: { postId: rootId, quoteId } });
    const revoked = (await bob.api.getPost({ path: { postId: quoteId } })).body.quote;

    expect(shown).toMatchObject({ state: 'available', post: { id: rootId } });
    expect(revoked).toEqual({ state: 'revoked', post: null });
  });
});

describe('passing on', () => {
  test('brings a post to followers of who passed it on, once, and takes it back', async () => {
    const postId = await post(eve, { text: 'News from Eve', visibility: 'public' });
    await ada.api.repostPost({ path: { postId } });
    await ada.api.repostPost({ path: { postId } });

    const item = await waitFor("the repost in Bob's feed", async () => {
      const { body } = await bob.api.getFeedScreen({});
      return body.sections.feed.data?.items.find(({ id }) => id === postId);
    });
    await bob.api.bookmarkPost({ path: { postId } });
    const { body: kept } = await bob.api.listBookmarks({});
    await ada.api.unrepostPost({ path: { postId } });

    expect(item).toMatchObject({ repostedBy: { handle: 'ada' }, counts: { reposts: 1 } });
    expect(kept.items.map(({ id }) => id)).toEqual([postId]);
    expect(await feedOf(bob)).not.toContain(postId);
  });
});

describe('what a person does not want to meet', () => {
  test('is out of the feed while they say so: words, people', async () => {
    const [band, sand] = [await post(ada, { text: 'The band plays', visibility: 'public' }), await post(ada, { text: 'Sand and sea', visibility: 'public' })]; // prettier-ignore
    await waitFor('both posts', async () => {
      const ids = await feedOf(bob);
      return ids.includes(band) && ids.includes(sand);
    });

    const { body: word } = await bob.api.createMutedWord({ body: { phrase: 'and' } });
    const withoutWord = await feedOf(bob);
    await bob.api.deleteMutedWord({ path: { mutedWordId: word.id } });
    await bob.api.muteUser({ path: { userId: ada.id }, body: {} });
    const withoutAda = await feedOf(bob);
    await bob.api.unmuteUser({ path: { userId: ada.id } });

    expect([withoutWord.includes(band), withoutWord.includes(sand)]).toEqual([true, false]);
    expect(withoutAda.some((id) => id === band || id === sand)).toBe(false);
    expect(await feedOf(bob)).toContain(band);
  });

  test('a block hides each from the other', async () => {
    const postId = await post(ada, { text: 'Public it is', visibility: 'public' });

    await ada.api.blockUser({ path: { userId: eve.id } });
    const answers = [
      await refusalOf(eve.api.getProfileScreen({ path: { handle: 'ada' } })),
      await refusalOf(eve.api.getPost({ path: { postId } })),
      await refusalOf(ada.api.getProfileScreen({ path: { handle: 'eve' } })),
    ];
    const { body: found } = await eve.api.search({ query: { q: 'ada', type: 'people' } });
    await ada.api.unblockUser({ path: { userId: eve.id } });

    expect(answers).toEqual([hidden, hidden, hidden]);
    expect(found.items).toEqual([]);
  });
});

describe('notifications', () => {
  test('group what is alike, and a marker on one device is read on the other', async () => {
    const postId = await post(ada, { text: 'Like me', visibility: 'public' });
    for (const person of [bob, eve]) await person.api.setReaction({ path: { postId, kind: 'like' } });

    const { body } = await ada.api.getNotificationsScreen({});
    const group = body.sections.groups.data?.items.find((each) => each.postId === postId);
    const lastReadId = body.sections.groups.data?.items[0]?.id ?? '';
    const before = (await ada.api.getHomeScreen({})).body.sections.notifications.data?.unread;
    await ada.api.putMarker({ path: { timeline: 'notifications' }, body: { lastReadId, version: 0 } });
    const late = await refusalOf(
      ada.api.putMarker({ path: { timeline: 'notifications' }, body: { lastReadId, version: 0 } }),
    );

    expect(group).toMatchObject({ kind: 'reaction', count: 2, actors: [{ handle: 'eve' }, { handle: 'bob' }] });
    expect(before).toBeGreaterThan(0);
    expect((await ada.api.getHomeScreen({})).body.sections.notifications.data?.unread).toBe(0);
    expect(late).toEqual([409, 'marker_stale']);
  });

  test('are pushed without saying who or what, to devices that are signed in', async () => {
    const phone = createPhone(base);
    const { body: session } = await phone.api.login({ body: { email: ada.email, password: ada.password } });
    phone.signIn(session.accessToken);
    const pushToken = `fcm:${randomUUID()}`;
    await phone.api.putDevice({ path: { deviceId: randomUUID() }, body: { platform: 'android', pushToken } });
    const pushes = async () => {
      const response = await fetch(`${stack.endpoints.urls['push-recorder'] ?? ''}/pushes`);
      const { items } = (await response.json()) as { items: { token: string; payload: object }[] };
      return items.filter(({ token }) => token === pushToken);
    };

    await post(eve, { text: 'Hello @ada, you owe me 12.50', visibility: 'public' });
    const [push] = await waitFor('the push', async () => {
      const found = await pushes();
      return found.length > 0 && found;
    });
    await phone.api.logout({});
    const { body: settings } = await ada.api.getSettingsScreen({});

    expect(JSON.stringify(push?.payload)).not.toMatch(/eve|ada|12\.50|owe/i);
    expect(settings.sections.devices.data?.push).toEqual([]);
  });
});

describe('mail', () => {
  /** The newest code that was mailed to an address. */
  async function codeFor(email: string, subject: RegExp): Promise<string> {
    return waitFor(`the mail to ${email}`, async () => {
      const response = await fetch(`${stack.endpoints.urls['mailbox'] ?? ''}/mails.json?to=${email}`);
      const { items } = (await response.json()) as { items: { subject: string; text: string }[] };
      return items.filter((mail) => subject.test(mail.subject)).flatMap(({ text }) => /\b\d{6}\b/.exec(text) ?? [])[0];
    });
  }

  test('verifies an address, and lets in who forgot the password', async () => {
    await ada.api.confirmVerification({ body: { code: await codeFor(ada.email, /./) } });
    const forgetful = createPhone(base);
    await forgetful.api.requestPasswordReset({ body: { email: eve.email } });
    const code = await codeFor(eve.email, /password/i);
    await forgetful.api.confirmPasswordReset({
      body: { email: eve.email, code, newPassword: 'a-better-password-7' },
    });
    const { body: session } = await forgetful.api.login({
      body: { email: eve.email, password: 'a-better-password-7' },
    });
    eve.signIn(session.accessToken);

    expect((await ada.api.getMe({})).body.emailVerified).toBe(true);
    expect((await eve.api.getMe({})).body.handle).toBe('eve');
  });
});

describe('a pocket in a post', () => {
  test('shows name and percent to whom it is shared with, and to nobody once it is not', async () => {
    const { body: pocket } = await ada.api.createPocket({
      body: { name: 'Summer trip', currency: 'EUR', target: { amountMinor: 100_000, currency: 'EUR' } },
      headers: newKey(),
    });
    const postId = await post(ada, { text: 'On the way', visibility: 'public', pocketId: pocket.id });
    const foreign = await refusalOf(post(eve, { text: 'Mine?', visibility: 'public', pocketId: pocket.id }));
    const seenBy = async (person: Person) => (await person.api.getPost({ path: { postId } })).body.pocket;

    const before = await seenBy(bob);
    await ada.api.sharePocket({ path: { pocketId: pocket.id }, body: { audience: 'followers' } });
    const shared = [await seenBy(bob), await seenBy(eve)];
    const profile = (await bob.api.getProfileScreen({ path: { handle: 'ada' } })).body.sections.sharedPockets;
    const { etag: tag } = await bob.api.getPost({ path: { postId } });
    await ada.api.unsharePocket({ path: { pocketId: pocket.id } });

    expect(foreign).toEqual(hidden);
    expect(before).toBeNull();
    expect(shared).toEqual([{ id: pocket.id, name: 'Summer trip', emoji: null, percent: 0, balance: null }, null]);
    expect(profile.data?.items.map(({ id }) => id)).toEqual([pocket.id]);
    expect(await seenBy(bob)).toBeNull();
    expect((await bob.api.getPost({ path: { postId } })).etag).not.toBe(tag);
  });
});

describe('an unwanted invitation', () => {
  test('is reported by whom it was sent to, and by nobody else', async () => {
    const { body: pocket } = await eve.api.createPocket({
      body: { name: 'Get rich', currency: 'EUR' },
      headers: newKey(),
    });
    const { body: invitation } = await eve.api.createInvitation({
      path: { pocketId: pocket.id },
      body: { userId: bob.id, role: 'contributor' },
    });
    const report = (person: Person) =>
      person.api.createReport({ body: { subject: { type: 'invitation', id: invitation.id }, category: 'fraud' } });

    const first = await report(bob);
    const again = await report(bob);
    const foreign = await refusalOf(report(ada));

    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.body.id).toBe(first.body.id);
    expect(foreign).toEqual(hidden);
  });
});

describe('leaving', () => {
  test('with an archive of both worlds, and a way back', async () => {
    const { body: asked } = await bob.api.createExport({});
    const archive = await waitFor('the archive', async () => {
      const { body } = await bob.api.getExport({ path: { exportId: asked.id } });
      return body.status === 'ready' && body;
    });
    const again = await refusalOf(bob.api.createExport({}));
    const zip = Buffer.from(await (await fetch(archive.url ?? '')).arrayBuffer());

    const { body: closure } = await bob.api.closeAccount({});
    const gone = await refusalOf(ada.api.getProfileScreen({ path: { handle: 'bob' } }));
    const { body: back } = await createPhone(base).api.login({ body: { email: bob.email, password: bob.password } });
    bob.signIn(back.accessToken);
    const returned = await ada.api.getProfileScreen({ path: { handle: 'bob' } });

    expect(zip.subarray(0, 2).toString()).toBe('PK');
    expect(again).toEqual([409, 'export_too_soon']);
    expect(Date.parse(closure.effectiveAt)).toBeGreaterThan(Date.now());
    expect(gone).toEqual(hidden);
    expect(returned.body.sections.profile.data?.handle).toBe('bob');
  });
});
