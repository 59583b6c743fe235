-- A text as it is searched: lower case, without accents, one form of each character.
CREATE FUNCTION "folded"(said text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT normalize(regexp_replace(normalize(lower(said), NFKD), '[\u0300-\u036f]', '', 'g'), NFC)
$$;

-- AlterTable: the words of a post, kept beside it, since taking a text apart costs far more than comparing.
ALTER TABLE "post" ADD COLUMN "words" tsvector GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, folded(text))) STORED;

-- CreateTable
CREATE TABLE "draft" (
    "id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "post" JSONB NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "published_as_id" UUID,

    CONSTRAINT "draft_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "popular_post" (
    "post_id" UUID NOT NULL,
    "score" DOUBLE PRECISION NOT NULL,
    "found_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "popular_post_pkey" PRIMARY KEY ("post_id")
);

-- CreateTable
CREATE TABLE "trending_tag" (
    "tag" TEXT NOT NULL,
    "people" INTEGER NOT NULL,
    "found_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "trending_tag_pkey" PRIMARY KEY ("tag")
);

-- CreateIndex
CREATE INDEX "draft_account_id_id_idx" ON "draft"("account_id", "id");

-- What the nightly sweep looks for.
CREATE INDEX "draft_published_idx" ON "draft"("updated_at") WHERE "published_as_id" IS NOT NULL;

-- CreateIndex
CREATE INDEX "popular_post_score_idx" ON "popular_post"("score");

-- CreateIndex
CREATE INDEX "trending_tag_people_idx" ON "trending_tag"("people");

-- CreateIndex
CREATE INDEX "reaction_post_id_created_at_account_id_idx" ON "reaction"("post_id", "created_at", "account_id");

-- CreateIndex
CREATE INDEX "repost_post_id_id_idx" ON "repost"("post_id", "id");

-- CreateIndex
CREATE INDEX "post_words_idx" ON "post" USING GIN ("words");

-- AddForeignKey
ALTER TABLE "draft" ADD CONSTRAINT "draft_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- People are found by the beginning of their handle, and by a part of either name. (A prefix needs the order of the C collation.)
CREATE INDEX "profile_handle_prefix_idx" ON "profile" ((lower("handle"::text) COLLATE "C"));
CREATE INDEX "profile_folded_name_idx" ON "profile" USING GIN (folded("display_name") gin_trgm_ops);

-- Tags are found by their beginning too.
ALTER TABLE "post_tag" ALTER COLUMN "tag" TYPE TEXT COLLATE "C";

-- The reposts that are put before the viewer: their own, and those of people they follow and do not mute. (A block ends the follow.)
CREATE FUNCTION "heard_reposts"(viewer uuid, moment timestamptz) RETURNS SETOF "repost" LANGUAGE sql STABLE AS $$
  SELECT r.*
  FROM repost r
  WHERE r.account_id = viewer
    OR (
      EXISTS (
        SELECT FROM follow f
        WHERE f.follower_id = viewer AND f.followee_id = r.account_id AND f.state = 'following'
      )
      AND NOT EXISTS (
        SELECT FROM mute m
        WHERE m.muter_id = viewer AND m.muted_id = r.account_id AND (m.expires_at IS NULL OR m.expires_at > moment)
      )
      AND NOT EXISTS (SELECT FROM account_closure c WHERE c.account_id = r.account_id)
    )
$$;

-- How many posts with the tag are for the viewer, 100 at most; whoever uses it for others' eyes alone does not show that it exists.
-- Each post is asked about before it is counted: a hundred that nobody may see hide none of the older ones. The newest 1,000 are
-- looked at.
CREATE FUNCTION "heard_tag"(viewer uuid, moment timestamptz, name text)
RETURNS TABLE ("posts" int) LANGUAGE sql STABLE AS $$
  SELECT count(*)::int
  FROM (
    SELECT FROM (SELECT t.post_id FROM post_tag t WHERE t.tag = name ORDER BY t.post_id DESC LIMIT 1000) newest
    CROSS JOIN LATERAL (SELECT FROM heard_posts(viewer, moment) v WHERE v.id = newest.post_id OFFSET 0) heard
    LIMIT 100
  ) counted
$$;

-- Whether a post has a place of its own in the viewer's feed, which it keeps whoever reposts it: else it could be met twice.
-- One row, so that it is inlined.
CREATE FUNCTION "stands_by_itself"(viewer uuid, post uuid, author uuid, reply_to uuid)
RETURNS TABLE ("stands" boolean) LANGUAGE sql STABLE AS $$
  SELECT reply_to IS NULL AND (
    author = viewer
    OR (
      (
        EXISTS (SELECT FROM timeline_entry e WHERE e.owner_id = viewer AND e.post_id = post)
        OR EXISTS (SELECT FROM large_author l WHERE l.account_id = author)
      )
      AND EXISTS (
        SELECT FROM follow f WHERE f.follower_id = viewer AND f.followee_id = author AND f.state = 'following'
      )
    )
  )
$$;

-- A FeedItem of the contract: a post, its place, and whoever reposted it.
CREATE FUNCTION "feed_item"(post json, place uuid, reposter json) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT left(post::text, -1) || ',"placeId":"' || place || '","repostedBy":' || coalesce(reposter::text, 'null') || '}'
$$;

-- A page of a person's home feed: the newest places below "before" (a post's id, or a repost's), at most so many, as the JSON inside of
-- a list of FeedItems; and the place that the next page begins below, null on the last one. One row.
--
-- Delivered are posts and reposts of small authors; those of large ones are merged in. What was delivered is only a hint: whether the
-- viewer still follows, may see and wants to hear is asked of each place here, one after another (the OFFSET 0 keeps PostgreSQL from
-- another order), until the page is full. A post stands once: by itself where it was brought so, else at the first of its
-- reposts that the viewer hears of.
--
-- Planning it takes longer than running it, so it is planned once a connection, for everybody (not so if PostgreSQL may choose: a plan
-- for somebody who follows few people seems cheap to it, each time anew).
CREATE FUNCTION "home_feed"(viewer uuid, moment timestamptz, before uuid, at_most int, media_base text)
RETURNS TABLE ("items" text, "next_before" uuid) LANGUAGE plpgsql STABLE ROWS 1 SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
  no_id CONSTANT uuid := '00000000-0000-0000-0000-000000000000';
BEGIN
  RETURN QUERY
  WITH large AS MATERIALIZED (
    SELECT l.account_id FROM large_author l
    JOIN follow f ON f.follower_id = viewer AND f.followee_id = l.account_id AND f.state = 'following'
  ),
  delivered AS (
    SELECT near.post_id AS place, near.post_id, NULL::uuid AS reposter_id
    FROM (
      SELECT t.post_id FROM timeline_entry t
      WHERE t.owner_id = viewer AND t.post_id < before
      ORDER BY t.post_id DESC OFFSET 0
    ) near
    CROSS JOIN LATERAL (
      SELECT FROM heard_posts(viewer, moment) v
      WHERE v.id = near.post_id
        AND (v.author_id = viewer OR EXISTS (
          SELECT FROM follow f WHERE f.follower_id = viewer AND f.followee_id = v.author_id AND f.state = 'following'
        ))
      OFFSET 0
    ) heard
    ORDER BY near.post_id DESC
    LIMIT at_most + 1
  ),
  merged AS (
    SELECT own.id, own.id, NULL::uuid
    FROM large
    CROSS JOIN LATERAL (
      SELECT near.id
      FROM (
        SELECT p.id FROM post p
        WHERE p.author_id = large.account_id AND p.id < before
          AND p.id >= coalesce((SELECT d.place FROM delivered d ORDER BY d.place DESC OFFSET at_most LIMIT 1), no_id)
        ORDER BY p.id DESC OFFSET 0
      ) near
      CROSS JOIN LATERAL (
        SELECT FROM heard_posts(viewer, moment) v WHERE v.id = near.id AND v.reply_to_id IS NULL OFFSET 0
      ) heard
      ORDER BY near.id DESC
      LIMIT at_most + 1
    ) own
  ),
  posts AS (
    SELECT * FROM delivered UNION SELECT * FROM merged ORDER BY place DESC LIMIT at_most + 1
  ),
  -- Where there are posts enough, nothing is looked for below the last of them.
  floor AS MATERIALIZED (
    SELECT coalesce((SELECT p.place FROM posts p ORDER BY p.place DESC OFFSET at_most LIMIT 1), no_id) AS place
  ),
  delivered_reposts AS (
    SELECT near.repost_id, near.post_id, near.reposter_id
    FROM (
      SELECT t.repost_id, t.post_id, t.reposter_id FROM timeline_repost t
      WHERE t.owner_id = viewer AND t.repost_id < before AND t.repost_id > (SELECT floor.place FROM floor)
      ORDER BY t.repost_id DESC OFFSET 0
    ) near
    CROSS JOIN LATERAL (
      SELECT FROM heard_reposts(viewer, moment) r
      JOIN heard_posts(viewer, moment) v ON v.id = near.post_id
      CROSS JOIN LATERAL stands_by_itself(viewer, v.id, v.author_id, v.reply_to_id) own
      WHERE r.id = near.repost_id AND NOT own.stands
        AND NOT EXISTS (
          SELECT FROM timeline_repost t JOIN heard_reposts(viewer, moment) earlier ON earlier.id = t.repost_id
          WHERE t.owner_id = viewer AND t.post_id = near.post_id AND t.repost_id < near.repost_id
        )
      OFFSET 0
    ) heard
    ORDER BY near.repost_id DESC
    LIMIT at_most + 1
  ),
  merged_reposts AS (
    SELECT passed.id, passed.post_id, large.account_id
    FROM large
    CROSS JOIN LATERAL (
      SELECT near.id, near.post_id
      FROM (
        SELECT r.id, r.post_id FROM heard_reposts(viewer, moment) r
        WHERE r.account_id = large.account_id AND r.id < before AND r.id > (SELECT floor.place FROM floor)
        ORDER BY r.id DESC OFFSET 0
      ) near
      CROSS JOIN LATERAL (
        SELECT FROM heard_posts(viewer, moment) v
        CROSS JOIN LATERAL stands_by_itself(viewer, v.id, v.author_id, v.reply_to_id) own
        WHERE v.id = near.post_id AND NOT own.stands
          AND NOT EXISTS (
            SELECT FROM timeline_repost t JOIN heard_reposts(viewer, moment) earlier ON earlier.id = t.repost_id
            WHERE t.owner_id = viewer AND t.post_id = near.post_id
          )
          AND NOT EXISTS (
            SELECT FROM heard_reposts(viewer, moment) earlier
            WHERE earlier.post_id = near.post_id AND earlier.id < near.id
              AND earlier.account_id = ANY (ARRAY(SELECT l.account_id FROM large l))
          )
        OFFSET 0
      ) heard
      ORDER BY near.id DESC
      LIMIT at_most + 1
    ) passed
  ),
  chosen AS (
    SELECT * FROM posts
    UNION ALL SELECT * FROM delivered_reposts
    UNION ALL SELECT * FROM merged_reposts
    ORDER BY place DESC
    LIMIT at_most + 1
  ),
  numbered AS (SELECT place, post_id, reposter_id, row_number() OVER (ORDER BY place DESC) AS nth FROM chosen)
  SELECT
    (
      SELECT coalesce(string_agg(feed_item(c.card, n.place, p.card), ',' ORDER BY n.place DESC), '')
      FROM numbered n
      JOIN post_cards(viewer, media_base) c ON c.id = n.post_id
      LEFT JOIN person_cards(media_base) p ON p.account_id = n.reposter_id
      WHERE n.nth <= at_most
    ),
    (SELECT n.place FROM numbered n WHERE n.nth = at_most AND EXISTS (SELECT FROM numbered m WHERE m.nth > at_most));
END
$$;
