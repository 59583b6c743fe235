import { newId } from '#platform/ids';
import { parseText } from '../../domain/social/helpers/parse-text.ts';
import type { Random } from './random.ts';
import type { SeededPerson } from './social-people.ts';
import { answers, thoughts } from './social-texts.ts';

const dayMs = 86_400_000;
const postsSinceDays = 21;
const kinds = ['like', 'like', 'like', 'love', 'cheer', 'laugh', 'sad'] as const;

export interface SeededPost extends Record<string, unknown> {
  id: string;
  author_id: string;
  text: string;
  visibility: 'public' | 'followers' | 'self';
  reply_to_id: string | null;
  root_id: string | null;
  created_at: Date;
  /** The picture that goes with it. */
  media: { id: string; altText: string } | undefined;
}

/** Everybody follows some; a few people are followed by very many. */
export function makeFollows(people: SeededPerson[], each: number, random: Random, now: Date) {
  return people.flatMap((follower) => {
    const chosen = new Set<SeededPerson>();
    const wanted = Math.min(people.length - 1, Math.max(1, Math.round(each * (0.4 + 1.2 * random.next()))));
    while (chosen.size < wanted) {
      const followee = people[Math.floor(people.length * random.next() ** 1.6)];
      if (followee && followee !== follower) chosen.add(followee);
    }
    return [...chosen].map((followee) => ({
      follower_id: follower.id,
      followee_id: followee.id,
      state: followee.locked && random.next() < 0.2 ? 'requested' : 'following',
      created_at: between(random, later(follower.createdAt, followee.createdAt), now),
    }));
  });
}

/** Posts of the last weeks, and replies to some of them. One in four shows a picture. */
export function makePosts(people: SeededPerson[], each: number, random: Random, now: Date): SeededPost[] {
  const since = new Date(now.getTime() - postsSinceDays * dayMs);
  const posts = Array.from({ length: Math.round(people.length * each * 0.8) }, (): SeededPost => {
    const createdAt = between(random, since, now);
    const { text, altText } = random.pick(thoughts);
    const shows = altText !== undefined && random.next() < 0.6;
    const media = shows ? { id: newId(createdAt), altText } : undefined;
    return { ...post(random.pick(people), text, createdAt), visibility: visibility(random), media };
  });
  const open = posts.filter((candidate) => candidate.visibility === 'public');
  const replies = Array.from({ length: open.length === 0 ? 0 : Math.round(posts.length / 4) }, (): SeededPost => {
    const parent = random.pick(open);
    const createdAt = between(random, parent.created_at, later(parent.created_at, now));
    const reply = post(random.pick(people), random.pick(answers), createdAt);
    return { ...reply, reply_to_id: parent.id, root_id: parent.id };
  });
  return [...posts, ...replies];
}

/** A handful for each post that others can see, more for some. */
export function makeReactions(people: SeededPerson[], posts: SeededPost[], random: Random) {
  return posts.flatMap((reacted) => {
    if (reacted.visibility !== 'public') return [];
    const fans = new Set(Array.from({ length: Math.floor(14 * random.next() ** 2) }, () => random.pick(people)));
    return [...fans].map((fan) => ({
      post_id: reacted.id,
      account_id: fan.id,
      kind: random.pick(kinds),
      created_at: new Date(Math.min(Date.now(), reacted.created_at.getTime() + random.below(dayMs))),
    }));
  });
}

/** The hashtags of the posts. */
export function makeTags(posts: SeededPost[]) {
  return posts.flatMap(({ id, text }) => parseText(text).tags.map((tag) => ({ tag, post_id: id })));
}

/** One public post in six is passed on by somebody or other. */
export function makeReposts(people: SeededPerson[], posts: SeededPost[], random: Random, now: Date) {
  return posts.flatMap((passedOn) => {
    if (passedOn.visibility !== 'public' || passedOn.reply_to_id !== null || random.next() > 1 / 6) return [];
    const passers = new Set([random.pick(people), random.pick(people)].filter(({ id }) => id !== passedOn.author_id));
    return [...passers].map((person) => {
      const createdAt = between(random, passedOn.created_at, later(passedOn.created_at, now));
      return { id: newId(createdAt), post_id: passedOn.id, account_id: person.id, created_at: createdAt };
    });
  });
}

function post(author: SeededPerson, text: string, createdAt: Date): SeededPost {
  return {
    id: newId(createdAt),
    author_id: author.id,
    text,
    visibility: 'public',
    reply_to_id: null,
    root_id: null,
    created_at: createdAt,
    reply_count: 0,
    reaction_count: 0,
    media: undefined,
  };
}

function visibility(random: Random): SeededPost['visibility'] {
  const die = random.next();
  if (die < 0.8) return 'public';
  return die < 0.96 ? 'followers' : 'self';
}

function between(random: Random, from: Date, to: Date): Date {
  return new Date(from.getTime() + random.next() * Math.max(0, to.getTime() - from.getTime()));
}

function later(one: Date, other: Date): Date {
  return one > other ? one : other;
}
