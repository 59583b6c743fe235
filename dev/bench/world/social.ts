import type { Client } from 'pg';
import { hashPassword } from '../../../domain/social/helpers/password.ts';
import { sqlId } from './ids.ts';
import type { World } from './world.ts';

type Step = [what: string, sql: string];

const text =
  `'Another week, another step: what was set aside on Friday is still there on Monday, which is more than I can say of
most weeks this year. Whoever wants to save for the summer with us is welcome, the pot is small but it is growing, slowly and
steadily, and the tent is already paid for.'`.replaceAll('\n', ' ');

/** A prime, so that counting in steps of it meets everybody before it meets anybody twice. */
const step = 7_919;
const deliveredDays = 30;

/** People, follows, posts with a reaction each, kept counts and timelines, in statements over whole sets. */
export async function seedSocial(client: Client, world: World, say: (line: string) => void): Promise<void> {
  const passwordHash = await hashPassword('clync-bench-1');
  const steps = [...planPeople(world, passwordHash), ...planPosts(world), ...planDerived()];
  for (const [what, sql] of steps) {
    await client.query(sql);
    say(`social: ${what}`);
  }
}

function planPeople({ people, follows }: World, passwordHash: string): Step[] {
  const person = sqlId('person', 'n');
  const others = Math.max(1, people - 1);
  return [
    [
      'accounts and profiles',
      `INSERT INTO account (id, email, password_hash, created_at, last_active_at)
       SELECT ${person}, 'person' || n || '@bench.example', '${passwordHash}', now() - interval '300 days', now()
       FROM generate_series(1, ${String(people)}) n;
       INSERT INTO profile (account_id, handle, display_name, bio)
       SELECT ${person}, 'person' || n, 'Person ' || n, 'Saving for a bicycle tour. ' || md5(n::text)
       FROM generate_series(1, ${String(people)}) n`,
    ],
    [
      'follows',
      `INSERT INTO follow (follower_id, followee_id, state, created_at)
       SELECT ${person}, ${sqlId('person', `1 + (n + (k * ${String(step)}) % ${String(others)}) % ${String(people)}`)},
         'following', now() - interval '200 days'
       FROM generate_series(1, ${String(people)}) n,
         generate_series(1, CASE WHEN n = 1 THEN ${String(others)} ELSE ${String(follows)} END) k`,
    ],
  ];
}

function planPosts({ people, posts }: World): Step[] {
  const author = sqlId('person', `1 + (n * ${String(step)}) % ${String(people)}`);
  return [
    [
      'posts',
      `INSERT INTO post (id, author_id, text, visibility, reaction_count, created_at)
       SELECT ${sqlId('post', 'n')}, ${author}, 'Post ' || n || '. ' || left(${text}, 20 + n * 31 % 80),
         CASE WHEN n % 5 = 0 THEN 'followers' ELSE 'public' END::visibility, 1,
         now() - interval '300 days' * (1 - n::double precision / ${String(posts)})
       FROM generate_series(1, ${String(posts)}) n`,
    ],
    [
      'reactions',
      `INSERT INTO reaction (post_id, account_id, kind, created_at)
       SELECT ${sqlId('post', 'n')}, ${sqlId('person', `1 + (n * ${String(step)} + 1) % ${String(people)}`)}, 'cheer', now()
       FROM generate_series(1, ${String(posts)}) n`,
    ],
    [
      'notifications, each in its group',
      `SET session_replication_role = origin;
       INSERT INTO notification (id, account_id, kind, actor_id, post_id, created_at)
       SELECT ${sqlId('notification', 'row_number() OVER (ORDER BY p.id)')}, p.author_id, 'reaction', r.account_id, p.id, now()
       FROM post p JOIN reaction r ON r.post_id = p.id
       WHERE p.created_at > now() - interval '60 days';
       SET session_replication_role = replica`,
    ],
  ];
}

function planDerived(): Step[] {
  return [
    [
      'counts',
      `UPDATE profile p SET
         post_count = (SELECT count(*) FROM post WHERE author_id = p.account_id AND visibility = 'public'),
         follower_count = (SELECT count(*) FROM follow WHERE followee_id = p.account_id AND state = 'following'),
         following_count = (SELECT count(*) FROM follow WHERE follower_id = p.account_id AND state = 'following')`,
    ],
    [
      `timelines, with the posts of the last ${String(deliveredDays)} days`,
      `INSERT INTO timeline_entry (owner_id, post_id)
       SELECT owner_id, post_id FROM (
         SELECT f.follower_id AS owner_id, p.id AS post_id
         FROM post p JOIN follow f ON f.followee_id = p.author_id AND f.state = 'following'
         WHERE p.created_at > now() - interval '${String(deliveredDays)} days'
         UNION ALL SELECT author_id, id FROM post
       ) delivered
       ORDER BY owner_id, post_id`,
    ],
    ['statistics', 'ANALYZE'],
  ];
}
