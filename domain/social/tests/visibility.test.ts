import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createScene, findsInFeed, hears, kinds, mayOpen, tagOf, viewers, wordOf } from './visibility-world.ts';
import type { Kind, Scene, Viewer } from './visibility-world.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await createScene();
});
afterAll(() => scene.close());

interface Answer {
  status: number;
  body: unknown;
}
type Surface = (viewer: Viewer, kind: Kind) => Promise<Answer>;

const asked = (viewer: Viewer) => ({ as: scene.person(viewer).as });
const path = (kind: Kind) => ({ postId: scene.postOf(kind).id });
const page = { query: { limit: 100 } };

/** Operations on the post itself: 200 for whoever may open it, 404 for all others. */
const opened: Record<string, Surface> = {
  getPost: (viewer, kind) => scene.world.social.getPost({ ...asked(viewer), path: path(kind) }),
  listPostVersions: (viewer, kind) =>
    scene.world.social.listPostVersions({ ...asked(viewer), path: path(kind), ...page }),
  getThread: (viewer, kind) => scene.world.social.getThread({ ...asked(viewer), path: path(kind), ...page }),
  listQuotes: (viewer, kind) => scene.world.social.listQuotes({ ...asked(viewer), path: path(kind), ...page }),
  listReactions: (viewer, kind) => scene.world.social.listReactions({ ...asked(viewer), path: path(kind), ...page }),
  listReposts: (viewer, kind) => scene.world.social.listReposts({ ...asked(viewer), path: path(kind), ...page }),
};

/** Lists and cards in which the post stands or does not, and for whom it should. */
const listed: Record<string, { surface: Surface; shows: (viewer: Viewer, kind: Kind) => boolean }> = {
  ancestors: { surface: (viewer, kind) => scene.world.social.getThread({ ...asked(viewer), path: { postId: scene.postOf(kind).replyId }, ...page }), shows: mayOpen }, // prettier-ignore
  replies: { surface: (viewer) => scene.world.social.getThread({ ...asked(viewer), path: { postId: scene.root.id }, ...page }), shows: mayOpen }, // prettier-ignore
  quoteCard: { surface: (viewer, kind) => scene.world.social.getPost({ ...asked(viewer), path: { postId: scene.postOf(kind).quoteId } }), shows: mayOpen }, // prettier-ignore
  profilePosts: { surface: (viewer) => scene.world.social.listProfilePosts({ ...asked(viewer), path: { handle: 'author' }, ...page }), shows: mayOpen }, // prettier-ignore
  bookmarks: { surface: (viewer) => scene.world.social.listBookmarks({ ...asked(viewer), ...page }), shows: mayOpen },
  homeFeed: { surface: (viewer) => scene.world.social.getHomeFeed({ ...asked(viewer), ...page }), shows: findsInFeed },
  feedScreen: { surface: (viewer) => scene.world.social.getFeedScreen({ ...asked(viewer), ...page }), shows: findsInFeed }, // prettier-ignore
  home: { surface: (viewer) => scene.world.social.getHome({ ...asked(viewer), query: { feedLimit: 100 } }), shows: findsInFeed }, // prettier-ignore
  search: { surface: (viewer, kind) => scene.world.social.search({ ...asked(viewer), query: { q: wordOf(kind), type: 'posts' } }), shows: hears }, // prettier-ignore
  tag: { surface: (viewer, kind) => scene.world.social.listTagPosts({ ...asked(viewer), path: { tag: tagOf(kind) }, ...page }), shows: hears }, // prettier-ignore
  discover: { surface: (viewer, kind) => scene.world.social.getDiscover({ ...asked(viewer), query: { q: wordOf(kind) } }), shows: hears }, // prettier-ignore
};

interface Act {
  act: Surface;
  /** The answer to whoever may open the post. */
  status: (viewer: Viewer, kind: Kind) => number;
  /** Whether a suspended person does it too. */
  evenSuspended?: true;
}

/** What people do to a post. */
const acts: Record<string, Act> = {
  reply: {
    act: (viewer, kind) => scene.world.social.createPost({ ...asked(viewer), body: { text: 'Re', visibility: 'self', replyToId: path(kind).postId } }), // prettier-ignore
    status: () => 201,
  },
  quote: {
    act: (viewer, kind) => scene.world.social.createPost({ ...asked(viewer), body: { text: 'See', visibility: 'self', quoteOfId: path(kind).postId } }), // prettier-ignore
    status: (viewer, kind) => (viewer === 'author' || kind === 'public' ? 201 : 403),
  },
  repost: {
    act: (viewer, kind) => scene.world.social.repostPost({ ...asked(viewer), path: path(kind) }),
    status: (_viewer, kind) => (kind === 'public' ? 200 : 422),
  },
  react: {
    act: (viewer, kind) => scene.world.social.setReaction({ ...asked(viewer), path: { ...path(kind), kind: 'like' } }),
    status: () => 200,
  },
  bookmark: {
    act: (viewer, kind) => scene.world.social.bookmarkPost({ ...asked(viewer), path: path(kind) }),
    status: () => 204,
    evenSuspended: true,
  },
  report: {
    act: (viewer, kind) => scene.world.social.createReport({ ...asked(viewer), body: { subject: { type: 'post', id: path(kind).postId }, category: 'spam' } }), // prettier-ignore
    status: (viewer) => (viewer === 'author' ? 422 : 201),
    evenSuspended: true,
  },
};

describe.each(viewers)('%s', (viewer) => {
  test.each(kinds)('opens a %s post, or learns nothing of it', async (kind) => {
    for (const [name, surface] of Object.entries(opened)) {
      const { status, body } = await surface(viewer, kind);
      expect([name, status]).toEqual([name, mayOpen(viewer, kind) ? 200 : 404]);
      if (status === 404) expect([name, withoutTrace(body)]).toEqual([name, withoutTrace(await absent(viewer))]);
    }
  });

  test.each(kinds)('finds a %s post where it stands, and no word of it elsewhere', async (kind) => {
    for (const [name, { surface, shows }] of Object.entries(listed)) {
      const { body } = await surface(viewer, kind);
      expect([name, JSON.stringify(body).includes(wordOf(kind))]).toEqual([name, shows(viewer, kind)]);
    }
  });

  test.each(kinds)('is told of being mentioned in a %s post as long as they hear it', async (kind) => {
    const { body } = await scene.world.social.listNotifications({ ...asked(viewer), ...page }).expect(200);
    const { body: others } = await scene.world.social
      .listNotificationRequests({ ...asked(viewer), ...page })
      .expect(200);

    const told = [...body.items, ...others.items]
      .filter(({ postId }) => postId === scene.postOf(kind).id)
      .flatMap((group) => (group.kind === 'mention' ? [group.count] : []));

    expect(told).toEqual(hears(viewer, kind) && viewer !== 'author' ? [1] : []);
  });

  test.each(kinds)('finds the tag of a %s post only where they hear one with it', async (kind) => {
    const query = { q: tagOf(kind), type: 'tags' } as const;

    const { body } = await scene.world.social.search({ ...asked(viewer), query }).expect(200);

    expect(body.items.length > 0).toBe(hears(viewer, kind));
  });

  test('sees counted what they may open', async () => {
    const { body } = await scene.world.social.getThread({ ...asked(viewer), path: { postId: scene.root.id }, ...page }).expect(200); // prettier-ignore

    expect(body.post.counts.replies).toBe(kinds.filter((kind) => mayOpen(viewer, kind)).length);
    expect(body.replies.items).toHaveLength(body.post.counts.replies);
  });

  test.each(kinds)('does to a %s post only what they may', async (kind) => {
    for (const [name, { act, status, evenSuspended }] of Object.entries(acts)) {
      const isRefused = viewer === 'suspended' && !evenSuspended;
      const expected = isRefused ? 403 : mayOpen(viewer, kind) ? status(viewer, kind) : 404;
      expect([name, (await act(viewer, kind)).status]).toEqual([name, expected]);
    }
  });
});

test.each([
  ['nobody', 'no token', 401],
  ['staff', { staffId: 'staff-1' }, 403],
  ['a service', { service: true }, 403],
] as const)('%s does not read as a member does', async (_who, as, status) => {
  const { social } = scene.world;
  const one = { as, path: path('public'), ...page };
  const answers = await Promise.all([
    social.getPost(one),
    social.listPostVersions(one),
    social.getThread(one),
    social.listQuotes(one),
    social.listReactions(one),
    social.listReposts(one),
    social.listProfilePosts({ as, path: { handle: 'author' }, ...page }),
    social.getHomeFeed({ as, ...page }),
    social.listBookmarks({ as, ...page }),
    social.search({ as, query: { q: wordOf('public'), type: 'posts' } }),
    social.listTagPosts({ as, path: { tag: tagOf('public') }, ...page }),
  ]);

  expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([status]));
});

test.each(kinds)('staff read a %s post in their own way, with what it was', async (kind) => {
  const { body } = await scene.world.social
    .getPostForStaff({ as: { staffId: 'staff-1' }, path: path(kind) })
    .expect(200);

  expect(body.text.includes(wordOf(kind))).toBe(kind !== 'deleted');
});

test('while the author is about to leave, nobody else finds anything of hers, and everything when she stays', async () => {
  const { world, person } = scene;
  await world.query(
    'INSERT INTO account_closure (account_id, requested_at, effective_at) VALUES ($1, now(), now() + $2::interval)',
    person('author').id,
    '14 days',
  );

  for (const [name, surface] of Object.entries(opened)) {
    expect([name, (await surface('following-member', 'public')).status]).toEqual([name, 404]);
  }
  for (const [name, { surface }] of Object.entries(listed)) {
    const { body } = await surface('following-member', 'public');
    expect([name, JSON.stringify(body).includes(wordOf('public'))]).toEqual([name, false]);
  }

  await world.query('DELETE FROM account_closure');
  expect((await opened['getPost']?.('following-member', 'public'))?.status).toBe(200);
});

/** The answer for a post that there never was. */
async function absent(viewer: Viewer): Promise<unknown> {
  const postId = '0198f2c4-5e1a-7c3b-9d2e-8f6a1b0c4d5e';
  return (await scene.world.social.getPost({ ...asked(viewer), path: { postId } })).body;
}

function withoutTrace(body: unknown): object {
  return { ...(body as object), instance: '' };
}
