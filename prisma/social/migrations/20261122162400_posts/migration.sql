-- Replies of which one reader is told and another is not: they are counted for each, through visible_posts. All other replies
-- are counted in their parent's reply_count, save those by people across a block or about to leave, who are looked up here.
CREATE INDEX "post_private_reply_idx" ON "post"("reply_to_id", "id") WHERE "reply_to_id" IS NOT NULL AND "visibility" <> 'public';
CREATE INDEX "post_public_reply_author_idx" ON "post"("reply_to_id", "author_id") WHERE "reply_to_id" IS NOT NULL AND "visibility" = 'public';

-- A circle is named by a post to a circle, and by no other; a post to a circle that is gone keeps its audience: nobody.
ALTER TABLE "post" ADD CONSTRAINT "post_circle" CHECK ("circle_id" IS NULL OR "visibility" = 'circle');

-- From now on counts hold public posts alone: what a person may not open is not counted before them.
UPDATE "post" p SET "reply_count" = counted.replies
FROM (
  SELECT parent.id, count(r.id)::int AS replies
  FROM "post" parent
  LEFT JOIN "post" r ON r.reply_to_id = parent.id AND r.visibility = 'public' AND r.deleted_at IS NULL AND r.removed_at IS NULL
  WHERE parent.reply_count > 0
  GROUP BY parent.id
) counted
WHERE counted.id = p.id AND counted.replies <> p.reply_count;

UPDATE "profile" p SET "post_count" = counted.posts
FROM (
  SELECT a.account_id, count(o.id)::int AS posts
  FROM "profile" a
  LEFT JOIN "post" o ON o.author_id = a.account_id AND o.visibility = 'public' AND o.deleted_at IS NULL AND o.removed_at IS NULL
  WHERE a.post_count > 0
  GROUP BY a.account_id
) counted
WHERE counted.account_id = p.account_id AND counted.posts <> p.post_count;

-- The thread of each reply that is there already.
WITH RECURSIVE threads AS (
  SELECT r.id, r.reply_to_id AS root_id FROM "post" r
  JOIN "post" first ON first.id = r.reply_to_id AND first.reply_to_id IS NULL
  UNION ALL
  SELECT r.id, t.root_id FROM threads t JOIN "post" r ON r.reply_to_id = t.id
)
UPDATE "post" p SET "root_id" = threads.root_id FROM threads WHERE threads.id = p.id;

-- A Person of the contract. (row_to_json writes compact JSON, json_build_object does not.)
CREATE FUNCTION "person_cards"(media_base text)
RETURNS TABLE ("account_id" uuid, "card" json) LANGUAGE sql STABLE AS $$
  SELECT p.account_id, row_to_json(person)
  FROM profile p
  CROSS JOIN LATERAL (
    SELECT
      p.account_id AS id,
      p.handle,
      p.display_name AS "displayName",
      media_url(media_base, p.avatar_media_id, 'thumbnail') AS "avatarUrl"
  ) person
$$;

-- The pictures of a post, in their order, as the contract shows them; one row.
CREATE FUNCTION "post_pictures"(media_base text, post uuid)
RETURNS TABLE ("pictures" json) LANGUAGE sql STABLE AS $$
  SELECT coalesce(json_agg(picture ORDER BY pm.position), '[]')
  FROM post_media pm
  JOIN media m ON m.id = pm.media_id
  CROSS JOIN LATERAL (
    SELECT
      m.id,
      media_url(media_base, m.id, 'image') AS url,
      media_url(media_base, m.id, 'thumbnail') AS "thumbnailUrl",
      m.alt_text AS "altText",
      m.width,
      m.height,
      m.blurhash
  ) picture
  WHERE pm.post_id = post
$$;

-- Pictures of a past version, as they were kept with it; those that are gone have no address. One row.
CREATE FUNCTION "kept_pictures"(media_base text, kept jsonb)
RETURNS TABLE ("pictures" json) LANGUAGE sql STABLE AS $$
  SELECT coalesce(json_agg(whole ORDER BY k.place), '[]')
  FROM jsonb_array_elements(kept) WITH ORDINALITY k(picture, place)
  LEFT JOIN media m ON m.id = (k.picture->>'id')::uuid
  CROSS JOIN LATERAL (
    SELECT
      k.picture->'id' AS id,
      media_url(media_base, m.id, 'image') AS url,
      media_url(media_base, m.id, 'thumbnail') AS "thumbnailUrl",
      k.picture->'altText' AS "altText",
      k.picture->'width' AS width,
      k.picture->'height' AS height,
      k.picture->'blurhash' AS blurhash
  ) whole
$$;

-- What stands in a thread in place of each post that the viewer may not open, as a Tombstone of the contract. That a post was
-- deleted is told of public ones alone.
CREATE FUNCTION "tombstones"()
RETURNS TABLE ("id" uuid, "tombstone" json) LANGUAGE sql STABLE AS $$
  SELECT p.id, row_to_json(stone)
  FROM post p
  CROSS JOIN LATERAL (
    SELECT
      p.id,
      CASE WHEN p.deleted_at IS NOT NULL AND p.removed_at IS NULL AND p.visibility = 'public'
        THEN 'deleted' ELSE 'unavailable' END AS tombstone
  ) stone
$$;

-- The posts that the viewer may see, each as a QuotedPost of the contract: as much of it as stands inside another.
CREATE FUNCTION "quoted_cards"(viewer uuid, media_base text)
RETURNS TABLE ("id" uuid, "card" json) LANGUAGE sql STABLE AS $$
  SELECT p.id, row_to_json(whole)
  FROM visible_posts(viewer) p
  JOIN person_cards(media_base) author ON author.account_id = p.author_id
  CROSS JOIN LATERAL post_pictures(media_base, p.id) shown
  CROSS JOIN LATERAL (
    SELECT
      p.id,
      author.card AS author,
      p.text,
      shown.pictures AS media,
      p.visibility,
      rfc3339(p.created_at) AS "createdAt",
      rfc3339(p.edited_at) AS "editedAt"
  ) whole
$$;

-- How many replies to a post the viewer may see: the public ones, without those by people across a block or whose account is
-- being deleted, and of the others those that are for the viewer's eyes, 100 at most. Each of these is asked about before it is
-- counted, so that a hundred for nobody's eyes hide no older one; the newest 1,000 are looked at. One row. (Among more than 1,000
-- replies nobody looks for who is leaving: a hot post would be slow to read, and the count is hardly another.)
CREATE FUNCTION "seen_replies"(viewer uuid, post uuid, public_replies int)
RETURNS TABLE ("replies" int) LANGUAGE sql STABLE AS $$
  SELECT (
    public_replies
    - CASE WHEN public_replies = 0 THEN 0 ELSE (
        SELECT coalesce(sum(hidden.replies), 0)
        FROM (
          SELECT b.blocked_id AS id FROM block b WHERE b.blocker_id = viewer
          UNION
          SELECT b.blocker_id FROM block b WHERE b.blocked_id = viewer
          UNION
          SELECT c.account_id FROM account_closure c
          JOIN post r ON r.author_id = c.account_id
          WHERE public_replies <= 1000 AND r.reply_to_id = post AND r.visibility = 'public' AND c.account_id <> viewer
        ) unseen
        CROSS JOIN LATERAL (
          SELECT count(*) AS replies FROM post r
          WHERE r.reply_to_id = post AND r.author_id = unseen.id
            AND r.visibility = 'public' AND r.deleted_at IS NULL AND r.removed_at IS NULL
        ) hidden
      ) END
    + (
        SELECT count(*)
        FROM (
          SELECT FROM (
            SELECT r.id FROM post r
            WHERE r.reply_to_id = post AND r.visibility <> 'public'
            ORDER BY r.id DESC LIMIT 1000
          ) private
          CROSS JOIN LATERAL (SELECT FROM visible_posts(viewer) v WHERE v.id = private.id OFFSET 0) seen
          LIMIT 100
        ) counted
      )
  )::int
$$;

-- The posts that the viewer may see, each as a Post of the contract, with its version and what the viewer may do with it.
-- Who may answer is decided by the first post of the thread. (Only a text with # or @ has tags or mentions.)
DROP FUNCTION "post_cards"(uuid, text);
CREATE FUNCTION "post_cards"(viewer uuid, media_base text)
RETURNS TABLE ("id" uuid, "author_id" uuid, "version" int, "can_reply" boolean, "can_quote" boolean, "card" json)
LANGUAGE sql STABLE AS $$
  SELECT p.id, p.author_id, p.version, may.reply, may.quote, row_to_json(whole)
  FROM visible_posts(viewer) p
  JOIN person_cards(media_base) author ON author.account_id = p.author_id
  LEFT JOIN post first ON first.id = p.root_id
  CROSS JOIN LATERAL (
    SELECT
      coalesce(first.id, p.id) AS id,
      coalesce(first.author_id, p.author_id) AS author_id,
      coalesce(first.reply_policy, p.reply_policy) AS reply_policy
  ) root
  CROSS JOIN LATERAL (
    SELECT
      root.author_id = viewer OR (
        CASE root.reply_policy
          WHEN 'everyone' THEN true
          WHEN 'followers' THEN EXISTS (
            SELECT FROM follow f
            WHERE f.follower_id = viewer AND f.followee_id = root.author_id AND f.state = 'following'
          )
          WHEN 'mentioned' THEN EXISTS (
            SELECT FROM post_mention m WHERE m.post_id = root.id AND m.account_id = viewer
          )
          ELSE false
        END
        AND (first.id IS NULL OR NOT EXISTS (
          SELECT FROM block b
          WHERE (b.blocker_id = viewer AND b.blocked_id = first.author_id)
             OR (b.blocker_id = first.author_id AND b.blocked_id = viewer)
        ))
      ) AS reply,
      p.author_id = viewer OR (
        p.visibility = 'public'
        AND CASE p.quote_policy
          WHEN 'everyone' THEN true
          WHEN 'followers' THEN EXISTS (
            SELECT FROM follow f
            WHERE f.follower_id = viewer AND f.followee_id = p.author_id AND f.state = 'following'
          )
          ELSE false
        END
      ) AS quote
  ) may
  CROSS JOIN LATERAL seen_replies(viewer, p.id, p.reply_count) seen
  CROSS JOIN LATERAL post_pictures(media_base, p.id) shown
  CROSS JOIN LATERAL (
    SELECT seen.replies, p.reaction_count AS reactions, p.repost_count AS reposts
  ) counts
  CROSS JOIN LATERAL (
    SELECT
      (SELECT r.kind FROM reaction r WHERE r.post_id = p.id AND r.account_id = viewer) AS reaction,
      p.repost_count > 0 AND EXISTS (SELECT FROM repost r WHERE r.post_id = p.id AND r.account_id = viewer) AS reposted,
      EXISTS (SELECT FROM bookmark k WHERE k.account_id = viewer AND k.post_id = p.id) AS bookmarked,
      may.reply AS "canReply",
      may.quote AS "canQuote"
  ) viewer_state
  CROSS JOIN LATERAL (
    SELECT
      p.pocket_id AS id,
      CASE WHEN p.pocket_id IS NOT NULL THEN (
        SELECT f.followee_id FROM follow f
        WHERE f.follower_id = viewer AND f.followee_id = p.author_id AND f.state = 'following'
      ) END AS "followedAuthorId"
  ) pocket
  CROSS JOIN LATERAL (
    SELECT
      p.id,
      author.card AS author,
      p.text,
      shown.pictures AS media,
      p.visibility,
      CASE WHEN p.author_id = viewer THEN p.circle_id END AS "circleId",
      rfc3339(p.created_at) AS "createdAt",
      rfc3339(p.edited_at) AS "editedAt",
      p.reply_to_id AS "replyToId",
      root.reply_policy AS "replyPolicy",
      CASE WHEN strpos(p.text, '#') = 0 THEN '[]'::json ELSE (
        SELECT coalesce(json_agg(t.tag ORDER BY t.tag), '[]') FROM post_tag t WHERE t.post_id = p.id
      ) END AS tags,
      CASE WHEN strpos(p.text, '@') = 0 THEN '[]'::json ELSE (
        SELECT coalesce(json_agg(mentioned ORDER BY mentioned.handle), '[]')
        FROM post_mention m
        JOIN visible_people(viewer) a ON a.account_id = m.account_id
        CROSS JOIN LATERAL (SELECT a.account_id AS id, a.handle) mentioned
        WHERE m.post_id = p.id
      ) END AS mentions,
      CASE WHEN p.quote_of_id IS NOT NULL THEN (
        SELECT row_to_json(inside)
        FROM (VALUES (p.quote_of_id)) quoting(id)
        LEFT JOIN quoted_cards(viewer, media_base) quoted ON quoted.id = quoting.id
        CROSS JOIN LATERAL (
          SELECT
            CASE
              WHEN p.quote_revoked_at IS NOT NULL THEN 'revoked'
              WHEN quoted.id IS NULL THEN 'unavailable'
              ELSE 'available'
            END AS state,
            CASE WHEN p.quote_revoked_at IS NULL THEN quoted.card END AS post
        ) inside
      ) END AS quote,
      counts,
      viewer_state AS viewer,
      CASE WHEN p.pocket_id IS NOT NULL THEN pocket END AS pocket
  ) whole
$$;
