import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock } from '#platform/clock';
import { newId } from '#platform/ids';
import { testServers } from '#platform/testing/servers';
import { createContext } from '../context.ts';
import type { Context } from '../context.ts';
import { eraseAccount } from '../services/erase-account.ts';
import { createLeavingWorld } from './leaving-world.ts';
import type { LeavingWorld } from './leaving-world.ts';
import { createPosting } from './posting.ts';
import type { Person } from './world.ts';

let world: LeavingWorld;
let posting: ReturnType<typeof createPosting>;
beforeAll(async () => {
  world = await createLeavingWorld();
  posting = createPosting(world);
});
afterAll(() => world.close());

/** Somebody with a life, and two others whom it touches. */
async function createLife() {
  const [ada, ben, cy] = [await world.person(), await world.person(), await world.person()];
  const { social } = world;
  const [avatar, photo, onPocket] = [await world.picture(ada), await world.picture(ada), await world.picture(ada)];
  const [pocketPath, pocketBody] = [{ pocketId: newId() }, { mediaId: onPocket }];
  await social.keepPocketImage({ as: ada.as, path: pocketPath, body: pocketBody }).expect(200);
  const secret = `secret of ${ada.handle}`;
  await social.updateMe({ as: ada.as, body: { avatarMediaId: avatar, bio: secret } }).expect(200);
  for (const [one, other] of [[ada, ben], [ben, ada], [cy, ada], [cy, ben]] as const) await posting.follow(one, other); // prettier-ignore

  const bens = await posting.post(ben, 'What do you say?');
  const adas = await posting.post(ada, `${secret} #tag @${ben.handle}`, { mediaIds: [photo] });
  const unanswered = await posting.post(ada, secret);
  const answer = await posting.reply(ada, bens.id, { text: secret });
  const takenBack = await posting.reply(ada, bens.id, { text: secret });
  await posting.remove(ada, takenBack.id);
  const question = await posting.reply(ben, adas.id, { text: 'Really?' });
  const deeper = await posting.reply(ada, question.id, { text: secret });
  const quoting = { text: 'Look at this', visibility: 'public', quoteOfId: adas.id } as const;
  const { body: quote } = await social
    .createPost({ as: ben.as, body: quoting, headers: { 'Idempotency-Key': 'quote' } })
    .expect(201);
  await posting.reply(ada, adas.id, { text: secret, visibility: 'followers' });
  const written = { bens, adas, unanswered, answer, question, deeper, quote };

  for (const postId of [bens.id, question.id]) {
    await social.setReaction({ as: ada.as, path: { postId, kind: 'cheer' } }).expect(200);
    await social.repostPost({ as: ada.as, path: { postId } }).expect(200);
    await social.bookmarkPost({ as: ada.as, path: { postId } });
  }
  for (const reader of [ben, cy]) {
    await social.setReaction({ as: reader.as, path: { postId: adas.id, kind: 'love' } }).expect(200);
    await social.setReaction({ as: reader.as, path: { postId: bens.id, kind: 'like' } }).expect(200);
    await social.repostPost({ as: reader.as, path: { postId: adas.id } }).expect(200);
    await social.bookmarkPost({ as: reader.as, path: { postId: adas.id } });
  }
  await social.updatePost({ as: ada.as, path: { postId: adas.id }, body: { text: `${secret}, edited` } }).expect(200);
  await keepToThemselves(ada, cy, secret);
  return { ada, ben, cy, secret, pictures: [avatar, photo, onPocket], ...written };
}

async function keepToThemselves(ada: Person, cy: Person, secret: string): Promise<void> {
  const { social } = world;
  await social.createDraft({ as: ada.as, body: { text: secret }, headers: { 'Idempotency-Key': 'draft' } }).expect(201);
  await social.createMutedWord({ as: ada.as, body: { phrase: 'spoilers' } }).expect(201);
  await posting.circle(ada, cy);
  await posting.circle(cy, ada);
  const device = { platform: 'ios', pushToken: `token-of-${ada.handle}`, sessionId: ada.sessionId } as const;
  await social.putDevice({ as: ada.as, path: { deviceId: 'phone' }, body: device }).expect(200);
  const report = { subject: { type: 'user', id: cy.id }, category: 'spam', comment: secret } as const;
  await social.createReport({ as: ada.as, body: report }).expect(201);
  await social.createExport({ as: ada.as }).expect(202);
  await world.runJobs();
}

/** Where stored counts and a recount differ. */
async function wrongCounts(): Promise<unknown[]> {
  return world.query(`
    SELECT p.id, p.text, p.reaction_count, p.repost_count, p.reply_count FROM post p
    WHERE p.reaction_count <> (SELECT count(*) FROM reaction r WHERE r.post_id = p.id)
      OR p.repost_count <> (SELECT count(*) FROM repost r WHERE r.post_id = p.id)
      OR p.reply_count <> (
        SELECT count(*) FROM post r
        WHERE r.reply_to_id = p.id AND r.visibility = 'public' AND r.deleted_at IS NULL AND r.removed_at IS NULL
      )
    UNION ALL
    SELECT f.account_id, f.handle::text, f.follower_count, f.following_count, f.post_count FROM profile f
    WHERE f.follower_count <> (SELECT count(*) FROM follow w WHERE w.followee_id = f.account_id AND w.state = 'following')
      OR f.following_count <> (SELECT count(*) FROM follow w WHERE w.follower_id = f.account_id AND w.state = 'following')
      OR f.post_count <> (
        SELECT count(*) FROM post p
        WHERE p.author_id = f.account_id AND p.visibility = 'public' AND p.deleted_at IS NULL AND p.removed_at IS NULL
      )`);
}

/** A job that was tried for the last time. */
async function giveUp(name: string, payload: object): Promise<void> {
  await world.query(
    `SELECT social_jobs.add_job($1, $2::json, max_attempts := 1, run_at := now() + interval '1 day')`,
    ...[name, JSON.stringify(payload)],
  );
  await world.query('UPDATE social_jobs._private_jobs SET attempts = max_attempts WHERE max_attempts = 1');
}

/** Tables in which one of the words stands, of social and of its queue. */
async function tablesNaming(words: string[]): Promise<string[]> {
  const tables = await world.query<{ name: string }>(`
    SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
    WHERE table_schema IN ('social', 'social_jobs') AND table_type = 'BASE TABLE'`);
  const found: string[] = [];
  for (const { name } of tables) {
    const rows = await world.query(`SELECT FROM ${name} t WHERE t::text ILIKE ANY ($1) LIMIT 1`, words.map((word) => `%${word}%`)); // prettier-ignore
    if (rows.length > 0) found.push(name);
  }
  return found;
}

describe('after the days of grace', () => {
  let life: Awaited<ReturnType<typeof createLife>>;
  let pictureUrls: string[];
  beforeAll(async () => {
    life = await createLife();
    const { ada, pictures } = life;
    const media = await Promise.all(
      pictures.map((mediaId) => world.social.getMedia({ as: ada.as, path: { mediaId } }).expect(200)),
    );
    pictureUrls = media.flatMap(({ body }) => [body.url ?? '', body.thumbnailUrl ?? '']);
    expect(await statusesOf(pictureUrls)).toEqual(pictureUrls.map(() => 200));
    expect(await tablesNaming([ada.id, ada.email, life.secret])).toContain('social.post');
    await world.leave(ada);
    await giveUp('sendResetCode', { email: ada.email.toUpperCase() });
    await giveUp('sendMail', { kind: 'email_changed', accountId: ada.id, to: `before.${ada.email}` });
    await world.graceEnds();
  });

  test('nothing in the database names the person or holds what they wrote', async () => {
    const { ada, secret, pictures } = life;

    expect(await tablesNaming([ada.id, ada.email, ada.handle, secret, ...pictures])).toEqual([]);
  });

  test('their pictures and their archive are gone from Blob Storage', async () => {
    expect(await statusesOf(pictureUrls)).toEqual(pictureUrls.map(() => 404));
  });

  test("everybody else's counts are right", async () => {
    expect(await wrongCounts()).toEqual([]);
    const { body } = await world.social.getPost({ as: life.cy.as, path: { postId: life.bens.id } }).expect(200);
    expect(body.counts).toEqual({ replies: 0, reactions: 2, reposts: 0 });
  });

  test('what others said keeps its place in the thread', async () => {
    const { body } = await world.social.getThread({ as: life.cy.as, path: { postId: life.question.id } }).expect(200);

    expect(body.post.text).toBe('Really?');
    expect(body.ancestors).toEqual([{ id: life.adas.id, tombstone: 'deleted' }]);
    expect(body.replies.items).toEqual([]);
    const { body: quote } = await world.social.getPost({ as: life.cy.as, path: { postId: life.quote.id } }).expect(200);
    expect(quote.quote).toEqual({ state: 'unavailable', post: null });
  });

  test('an empty place is kept for nothing else, and is nobody’s', async () => {
    const { adas, unanswered, answer, deeper } = life;

    const left = await world.query<{ id: string }>('SELECT id, text, author_id FROM post WHERE id = ANY ($1)', [
      adas.id,
      unanswered.id,
      answer.id,
      deeper.id,
    ]);

    expect(left).toEqual([{ id: adas.id, text: '', author_id: '00000000-0000-7000-8000-000000000000' }]);
    await world.social.getPost({ as: life.ben.as, path: { postId: adas.id } }).expect(404);
    const nobody = { email: 'nobody', password: 'nothing' };
    await world.social.createSession({ as: { service: true }, body: nobody }).expect(400);
  });
});

async function statusesOf(urls: string[]): Promise<number[]> {
  return Promise.all(urls.map(async (url) => (await fetch(url)).status));
}

test('an answer that is kept for another person’s key shows them no longer', async () => {
  const { social } = world;
  const [ada, ben, cy] = [await world.person(), await world.person(), await world.person()];
  const body = { text: `With @${ada.handle} and @${cy.handle}`, visibility: 'public' } as const;
  const hello = { as: ben.as, body, headers: { 'Idempotency-Key': 'hello' } };
  const { body: first } = await social.createPost(hello).expect(201);
  expect(first.mentions.map(({ id }) => id).sort()).toEqual([ada.id, cy.id].sort());

  await world.leave(ada);
  await world.graceEnds();

  const { body: again, headers } = await social.createPost(hello).expect(201);
  expect(headers['idempotency-replayed']).toBe('true');
  expect(again).toEqual({ ...first, mentions: [{ id: cy.id, handle: cy.handle }] });
});

test('whoever no longer follows them keeps nothing that they passed on', async () => {
  const { social } = world;
  const [ada, ben, cy] = [await world.person(), await world.person(), await world.person()];
  await posting.follow(cy, ada);
  const { id: postId } = await posting.post(ben, 'Pass it on');
  await social.repostPost({ as: ada.as, path: { postId } }).expect(200);
  await world.runJobs();
  await social.unfollowUser({ as: cy.as, path: { userId: ada.id } }).expect(204);

  await world.leave(ada);
  await world.graceEnds();

  expect(await tablesNaming([ada.id])).toEqual([]);
});

test('killed before any of its steps, it goes on when it is run again', async () => {
  const { ada, secret } = await createLife();
  const config = {
    databaseUrl: world.databaseUrl,
    logLevel: 'silent',
    blobAccess: testServers().blobConnectionString,
    largeAuthorFollowers: 10_000,
    accountClosureDays: 14,
  };
  const { ctx, resources } = createContext('killed', config, systemClock);

  let kills = 0;
  for (; await isKilled(() => eraseAccount(dyingAfter(ctx, kills), ada.id)); kills += 1);
  for (const resource of resources) await resource.close();

  expect(kills).toBeGreaterThan(10);
  expect(await tablesNaming([ada.id, ada.email, secret])).toEqual([]);
  expect(await wrongCounts()).toEqual([]);
});

test('run twice at once, it takes nothing back twice', async () => {
  const { ada, secret } = await createLife();
  await world.leave(ada);
  await world.query(`UPDATE account_closure SET started_at = now(), pseudonym = gen_random_uuid(), effective_at = now() - interval '1 hour' WHERE account_id = $1`, ada.id); // prettier-ignore

  for (let copy = 0; copy < 3; copy += 1) {
    await world.query(`SELECT social_jobs.add_job('carryOutClosure', $1::json)`, JSON.stringify({ accountId: ada.id }));
  }
  await world.runJobs();

  expect(await tablesNaming([ada.id, ada.email, secret])).toEqual([]);
  expect(await wrongCounts()).toEqual([]);
});

class Killed extends Error {}

async function isKilled(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return false;
  } catch (error) {
    if (error instanceof Killed) return true;
    throw error;
  }
}

/** The context of a process that dies before its statement or transaction number `after`. */
function dyingAfter(ctx: Context, after: number): Context {
  let done = 0;
  const db = new Proxy(ctx.db, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (name !== '$transaction' && name !== '$executeRaw') return value;
      return (...given: unknown[]) => {
        done += 1;
        if (done > after) throw new Killed();
        return Reflect.apply(value as (...all: unknown[]) => unknown, target, given);
      };
    },
  });
  return { ...ctx, db };
}
