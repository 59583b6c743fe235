// A small believable town: people with pictures, who follow one another, post, reply and react.
import type { Client } from 'pg';
import { withClient } from '#platform/database-setup';
import { hashPassword } from '../../domain/social/helpers/password.ts';
import { createBlobStore } from '../../domain/social/services/blob-store.ts';
import { makePeople } from './social-people.ts';
import type { SeededPerson } from './social-people.ts';
import { makeFollows, makePosts, makeReactions, makeReposts, makeTags } from './social-posts.ts';
import { drawPictures, publishPictures } from './social-pictures.ts';
import { insertRows } from './insert-rows.ts';
import { createRandom } from './random.ts';

export interface SocialSeed {
  /** The social database, as role `social`. */
  databaseUrl: string;
  blobConnectionString: string;
  /** How many people. */
  people: number;
  log: (line: string) => void;
  /** How many others each one follows, on average. */
  followsEach?: number;
  /** How many posts each one has written, on average. */
  postsEach?: number;
}

export interface SeededSocial {
  people: { id: string; handle: string; email: string; password: string; displayName: string }[];
}

/** The password of everybody. */
const password = 'clync-demo-1';

/** Fills empty social tables. The same numbers make the same people with the same follows and posts; only the ids differ. */
export async function seedSocial(seed: SocialSeed): Promise<SeededSocial> {
  const { followsEach = 18, postsEach = 3, log } = seed;
  const started = performance.now();
  const random = createRandom(20_261_122);
  const now = new Date();

  const people = makePeople(seed.people, random, now);
  const follows = makeFollows(people, followsEach, random, now);
  const posts = makePosts(people, postsEach, random, now);
  const reactions = makeReactions(people, posts, random);
  const reposts = makeReposts(people, posts, random, now);
  const pictures = drawPictures(people, posts);

  const published = publishPictures(createBlobStore(seed.blobConnectionString), pictures);
  const passwordHash = await hashPassword(password);
  const looks = await published;
  await withClient(seed.databaseUrl, async (client) => {
    await client.query('SET statement_timeout = 0');
    await client.query('BEGIN');
    await insertPeople(client, people, passwordHash);
    await insertRows(client, 'media', looks);
    await insertRows(client, 'follow', follows);
    await insertRows(client, 'post', posts.map(({ media: _media, ...post }) => post)); // prettier-ignore
    await insertRows(client, 'post_media', posts.flatMap(({ id, media }) => (media ? [{ post_id: id, position: 0, media_id: media.id }] : []))); // prettier-ignore
    await insertRows(client, 'reaction', reactions);
    await insertRows(client, 'post_tag', makeTags(posts));
    await insertRows(client, 'repost', reposts);
    await derive(client, now);
    // What there is to discover is counted by a job, which would come by in ten minutes only.
    await client.query("SELECT social_jobs.add_job('refreshTrends')");
    await client.query('COMMIT');
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  log(
    `social: ${String(people.length)} people, ${String(follows.length)} follows, ${String(posts.length)} posts in ${seconds} s`,
  );
  return { people: people.map(({ id, handle, email, displayName }) => ({ id, handle, email, password, displayName })) };
}

async function insertPeople(client: Client, people: SeededPerson[], passwordHash: string): Promise<void> {
  const accounts = people.map(({ id, email, createdAt, lastActiveAt }) => ({
    id,
    email,
    password_hash: passwordHash,
    created_at: createdAt,
    last_active_at: lastActiveAt,
  }));
  await insertRows(client, 'account', accounts);
  const profiles = people.map(({ id, handle, displayName, bio, locked }) => ({
    account_id: id,
    handle,
    display_name: displayName,
    bio,
    locked,
  }));
  await insertRows(client, 'profile', profiles);
}

/** What the service would have kept on the way: pictures of profiles, counts, feeds, notifications, markers. */
async function derive(client: Client, now: Date): Promise<void> {
  await client.query(`
    UPDATE profile p SET avatar_media_id = m.id FROM media m
    WHERE m.account_id = p.account_id AND NOT EXISTS (SELECT FROM post_media pm WHERE pm.media_id = m.id)`);
  await client.query(`
    UPDATE post p SET
      reply_count = (SELECT count(*) FROM post r WHERE r.reply_to_id = p.id AND r.visibility = 'public'),
      repost_count = (SELECT count(*) FROM repost r WHERE r.post_id = p.id),
      reaction_count = (SELECT count(*) FROM reaction r WHERE r.post_id = p.id)`);
  await client.query(`
    UPDATE profile p SET
      post_count = (SELECT count(*) FROM post o WHERE o.author_id = p.account_id AND o.visibility = 'public'),
      follower_count = (SELECT count(*) FROM follow f WHERE f.followee_id = p.account_id AND f.state = 'following'),
      following_count = (SELECT count(*) FROM follow f WHERE f.follower_id = p.account_id AND f.state = 'following')`);
  await client.query(`
    INSERT INTO timeline_entry (owner_id, post_id)
    SELECT f.follower_id, p.id FROM post p JOIN follow f ON f.followee_id = p.author_id AND f.state = 'following'
    WHERE p.reply_to_id IS NULL AND p.visibility <> 'self'
    UNION ALL SELECT author_id, id FROM post WHERE reply_to_id IS NULL`);
  await client.query(`
    INSERT INTO timeline_repost (owner_id, post_id, repost_id, reposter_id)
    SELECT f.follower_id, r.post_id, r.id, r.account_id
    FROM repost r JOIN follow f ON f.followee_id = r.account_id AND f.state = 'following'
    ON CONFLICT DO NOTHING`);
  await notifyOfTheLastDays(client, now);
}

/** An id that sorts by its time, as the service makes them (UUID version 7), but in SQL. */
const timedId = `(
  lpad(to_hex((extract(epoch FROM cause.at) * 1000)::bigint), 12, '0') || '7' || substr(md5(random()::text), 1, 3)
  || '8' || substr(md5(random()::text), 1, 15)
)::uuid`;

async function notifyOfTheLastDays(client: Client, now: Date): Promise<void> {
  const since = new Date(now.getTime() - 14 * 86_400_000);
  await client.query(
    `INSERT INTO notification (id, account_id, kind, actor_id, post_id, created_at)
     SELECT ${timedId}, cause.account_id, cause.kind::notification_kind, cause.actor_id, cause.post_id, cause.at
     FROM (
       SELECT followee_id AS account_id, CASE state WHEN 'following' THEN 'follow' ELSE 'follow_request' END AS kind,
         follower_id AS actor_id, NULL::uuid AS post_id, created_at AS at
       FROM follow
       UNION ALL
       SELECT p.author_id, 'reaction', r.account_id, p.id, r.created_at FROM reaction r JOIN post p ON p.id = r.post_id
       UNION ALL
       SELECT p.author_id, 'repost', r.account_id, p.id, r.created_at FROM repost r JOIN post p ON p.id = r.post_id
       UNION ALL
       SELECT p.author_id, 'reply', r.author_id, r.id, r.created_at FROM post r JOIN post p ON p.id = r.reply_to_id
     ) cause
     WHERE cause.at > $1 AND cause.account_id <> cause.actor_id`,
    [since],
  );
  // Everybody read what was there two days ago.
  await client.query(
    `INSERT INTO marker (account_id, timeline, last_read_id, version)
     SELECT DISTINCT ON (account_id) account_id, 'notifications', id, 1 FROM notification
     WHERE created_at < $1 ORDER BY account_id, id DESC`,
    [new Date(now.getTime() - 2 * 86_400_000)],
  );
}
