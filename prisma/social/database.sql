-- What schema.prisma cannot say, as it stands after the last migration. Made by `npm run prisma:migrate -- describe`, for reading.

-- Checks

ALTER TABLE appeal ADD CONSTRAINT appeal_decided CHECK (((outcome IS NULL) = (decided_at IS NULL)));
ALTER TABLE block ADD CONSTRAINT block_other CHECK ((blocker_id <> blocked_id));
ALTER TABLE follow ADD CONSTRAINT follow_other CHECK ((follower_id <> followee_id));
ALTER TABLE media ADD CONSTRAINT media_ready CHECK (((status <> 'ready'::media_status) OR ((width IS NOT NULL) AND (height IS NOT NULL) AND (blurhash IS NOT NULL))));
ALTER TABLE mute ADD CONSTRAINT mute_other CHECK ((muter_id <> muted_id));
ALTER TABLE post ADD CONSTRAINT post_circle CHECK (((circle_id IS NULL) OR (visibility = 'circle'::visibility)));
ALTER TABLE post ADD CONSTRAINT post_counts CHECK (((reply_count >= 0) AND (reaction_count >= 0)));
ALTER TABLE post ADD CONSTRAINT post_repost_count CHECK ((repost_count >= 0));
ALTER TABLE profile ADD CONSTRAINT profile_counts CHECK (((post_count >= 0) AND (follower_count >= 0) AND (following_count >= 0)));
ALTER TABLE report ADD CONSTRAINT report_resolved CHECK (((status = 'open'::report_status) = (resolved_at IS NULL)));

-- Indexes with a condition, an expression or an operator class

CREATE INDEX account_email_trigram_idx ON social.account USING gin (email gin_trgm_ops);
CREATE INDEX draft_published_idx ON social.draft USING btree (updated_at) WHERE (published_as_id IS NOT NULL);
CREATE INDEX idempotency_mentions_idx ON social.idempotency USING gin (((body -> 'mentions'::text)) jsonb_path_ops) WHERE ((body -> 'mentions'::text) <> '[]'::jsonb);
CREATE INDEX idempotency_quoted_author_idx ON social.idempotency USING btree (((body #>> '{quote,post,author,id}'::text[]))) WHERE ((body #>> '{quote,post,author,id}'::text[]) IS NOT NULL);
CREATE INDEX post_private_reply_idx ON social.post USING btree (reply_to_id, id) WHERE ((reply_to_id IS NOT NULL) AND (visibility <> 'public'::visibility));
CREATE INDEX post_public_reply_author_idx ON social.post USING btree (reply_to_id, author_id) WHERE ((reply_to_id IS NOT NULL) AND (visibility = 'public'::visibility));
CREATE INDEX post_words_idx ON social.post USING gin (words);
CREATE INDEX profile_display_name_trigram_idx ON social.profile USING gin (display_name gin_trgm_ops);
CREATE INDEX profile_folded_name_idx ON social.profile USING gin (folded(display_name) gin_trgm_ops);
CREATE INDEX profile_handle_prefix_idx ON social.profile USING btree (lower((handle)::text) COLLATE "C");
CREATE INDEX profile_handle_trigram_idx ON social.profile USING gin (handle gin_trgm_ops);
CREATE UNIQUE INDEX report_open_key ON social.report USING btree (reporter_id, subject_type, subject_id) WHERE (status = 'open'::report_status);
CREATE UNIQUE INDEX sanction_removal_key ON social.sanction USING btree (post_id) WHERE ((kind = 'post_removed'::sanction_kind) AND (lifted_at IS NULL));

-- Triggers

CREATE TRIGGER in_its_group BEFORE INSERT ON notification FOR EACH ROW WHEN (new.group_id IS NULL) EXECUTE FUNCTION find_notification_group();

-- Functions

CREATE OR REPLACE FUNCTION social.feed_item(post json, place uuid, reposter json)
 RETURNS text
 LANGUAGE sql
 STABLE
AS $function$
  SELECT left(post::text, -1) || ',"placeId":"' || place || '","repostedBy":' || coalesce(reposter::text, 'null') || '}'
$function$;

CREATE OR REPLACE FUNCTION social.find_notification_group()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
DECLARE
  read_before uuid;
BEGIN
  SELECT m.last_read_id INTO read_before FROM marker m
  WHERE m.account_id = NEW.account_id AND m.timeline = 'notifications' AND m.last_read_id < NEW.id;
  INSERT INTO notification_group AS g (id, account_id, key, request, day, latest_id)
  VALUES (
    NEW.id, NEW.account_id, notification_group_key(NEW, read_before), NEW.request, (NEW.created_at AT TIME ZONE 'UTC')::date, NEW.id
  )
  ON CONFLICT (account_id, key) DO UPDATE
  SET latest_id = greatest(g.latest_id, excluded.latest_id), request = excluded.request
  RETURNING g.id INTO NEW.group_id;
  RETURN NEW;
END
$function$;

CREATE OR REPLACE FUNCTION social.folded(said text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  SELECT normalize(regexp_replace(normalize(lower(said), NFKD), '[\u0300-\u036f]', '', 'g'), NFC)
$function$;

CREATE OR REPLACE FUNCTION social.heard_notifications(viewer uuid, moment timestamp with time zone)
 RETURNS SETOF notification
 LANGUAGE sql
 STABLE
AS $function$
  SELECT n.*
  FROM notification n
  LEFT JOIN LATERAL (
    SELECT h.account_id FROM heard_people(viewer, moment) h WHERE h.account_id = n.actor_id LIMIT 1
  ) actor ON true
  LEFT JOIN LATERAL (SELECT h.id FROM heard_posts(viewer, moment) h WHERE h.id = n.post_id LIMIT 1) post ON true
  WHERE n.account_id = viewer
    AND (n.actor_id IS NULL OR actor.account_id IS NOT NULL)
    AND (n.post_id IS NULL OR post.id IS NOT NULL OR n.kind = 'moderation')
$function$;

CREATE OR REPLACE FUNCTION social.heard_people(viewer uuid, moment timestamp with time zone)
 RETURNS SETOF profile
 LANGUAGE sql
 STABLE
AS $function$
  SELECT v.*
  FROM visible_people(viewer) v
  WHERE NOT EXISTS (
    SELECT FROM mute m
    WHERE m.muter_id = viewer AND m.muted_id = v.account_id AND (m.expires_at IS NULL OR m.expires_at > moment)
  )
$function$;

CREATE OR REPLACE FUNCTION social.heard_posts(viewer uuid, moment timestamp with time zone)
 RETURNS SETOF post
 LANGUAGE sql
 STABLE
AS $function$
  SELECT v.*
  FROM visible_posts(viewer) v
  WHERE v.author_id = viewer
    OR (
      NOT EXISTS (
        SELECT FROM mute m
        WHERE m.muter_id = viewer AND m.muted_id = v.author_id AND (m.expires_at IS NULL OR m.expires_at > moment)
      )
      AND NOT says_any(
        v.text,
        ARRAY(
          SELECT words_of(w.phrase) FROM muted_word w
          WHERE w.account_id = viewer AND (w.expires_at IS NULL OR w.expires_at > moment)
        )
      )
      AND (
        v.quote_of_id IS NULL
        OR v.quote_revoked_at IS NOT NULL
        OR NOT EXISTS (
          SELECT FROM post q
          WHERE q.id = v.quote_of_id AND q.author_id <> viewer AND q.deleted_at IS NULL
            AND (
              EXISTS (
                SELECT FROM mute m
                WHERE m.muter_id = viewer AND m.muted_id = q.author_id AND (m.expires_at IS NULL OR m.expires_at > moment)
              )
              OR says_any(
                q.text,
                ARRAY(
                  SELECT words_of(w.phrase) FROM muted_word w
                  WHERE w.account_id = viewer AND (w.expires_at IS NULL OR w.expires_at > moment)
                )
              )
            )
        )
      )
    )
$function$;

CREATE OR REPLACE FUNCTION social.heard_reposts(viewer uuid, moment timestamp with time zone)
 RETURNS SETOF repost
 LANGUAGE sql
 STABLE
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION social.heard_tag(viewer uuid, moment timestamp with time zone, name text)
 RETURNS TABLE(posts integer)
 LANGUAGE sql
 STABLE
AS $function$
  SELECT count(*)::int
  FROM (
    SELECT FROM (SELECT t.post_id FROM post_tag t WHERE t.tag = name ORDER BY t.post_id DESC LIMIT 1000) newest
    CROSS JOIN LATERAL (SELECT FROM heard_posts(viewer, moment) v WHERE v.id = newest.post_id OFFSET 0) heard
    LIMIT 100
  ) counted
$function$;

CREATE OR REPLACE FUNCTION social.home_feed(viewer uuid, moment timestamp with time zone, before uuid, at_most integer, media_base text)
 RETURNS TABLE(items text, next_before uuid)
 LANGUAGE plpgsql
 STABLE ROWS 1
 SET plan_cache_mode TO 'force_generic_plan'
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION social.kept_pictures(media_base text, kept jsonb)
 RETURNS TABLE(pictures json)
 LANGUAGE sql
 STABLE
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION social.media_url(media_base text, media_id uuid, rendition text)
 RETURNS text
 LANGUAGE sql
 STABLE
AS $function$
  SELECT media_base || '/' || media_id::text || '/' || rendition || '.webp'
$function$;

CREATE OR REPLACE FUNCTION social.notification_group_key(n notification, read_before uuid)
 RETURNS text
 LANGUAGE sql
 STABLE
AS $function$
  SELECT concat_ws(
    ':',
    n.kind,
    coalesce(coalesce(n.post_id, n.subject_id)::text, '-'),
    (n.created_at AT TIME ZONE 'UTC')::date,
    coalesce(read_before::text, '-'),
    CASE WHEN n.request THEN n.actor_id END
  )
$function$;

CREATE OR REPLACE FUNCTION social.person_cards(media_base text)
 RETURNS TABLE(account_id uuid, card json)
 LANGUAGE sql
 STABLE
AS $function$
  SELECT p.account_id, row_to_json(person)
  FROM profile p
  CROSS JOIN LATERAL (
    SELECT
      p.account_id AS id,
      p.handle,
      p.display_name AS "displayName",
      media_url(media_base, p.avatar_media_id, 'thumbnail') AS "avatarUrl"
  ) person
$function$;

CREATE OR REPLACE FUNCTION social.post_cards(viewer uuid, media_base text)
 RETURNS TABLE(id uuid, author_id uuid, version integer, can_reply boolean, can_quote boolean, card json)
 LANGUAGE sql
 STABLE
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION social.post_pictures(media_base text, post uuid)
 RETURNS TABLE(pictures json)
 LANGUAGE sql
 STABLE
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION social.profile_cards(media_base text)
 RETURNS TABLE(account_id uuid, card json)
 LANGUAGE sql
 STABLE
AS $function$
  SELECT p.account_id, row_to_json(profile)
  FROM profile p
  JOIN account a ON a.id = p.account_id
  CROSS JOIN LATERAL (SELECT p.post_count AS posts, p.follower_count AS followers, p.following_count AS "following") counts
  CROSS JOIN LATERAL (
    SELECT
      p.account_id AS id,
      p.handle,
      p.display_name AS "displayName",
      p.bio,
      media_url(media_base, p.avatar_media_id, 'thumbnail') AS "avatarUrl",
      (SELECT m.alt_text FROM media m WHERE m.id = p.avatar_media_id) AS "avatarAlt",
      p.locked,
      counts,
      rfc3339(a.created_at) AS "createdAt"
  ) profile
$function$;

CREATE OR REPLACE FUNCTION social.quoted_cards(viewer uuid, media_base text)
 RETURNS TABLE(id uuid, card json)
 LANGUAGE sql
 STABLE
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION social.rfc3339(moment timestamp with time zone)
 RETURNS text
 LANGUAGE sql
 STABLE
AS $function$
  SELECT to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$function$;

CREATE OR REPLACE FUNCTION social.says_any(said text, phrases text[])
 RETURNS boolean
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE
AS $function$
DECLARE
  words text;
  phrase text;
BEGIN
  IF cardinality(phrases) = 0 THEN
    RETURN false;
  END IF;
  words := words_of(said);
  FOREACH phrase IN ARRAY phrases LOOP
    IF strpos(words, phrase) > 0 THEN
      RETURN true;
    END IF;
  END LOOP;
  RETURN false;
END
$function$;

CREATE OR REPLACE FUNCTION social.seen_replies(viewer uuid, post uuid, public_replies integer)
 RETURNS TABLE(replies integer)
 LANGUAGE sql
 STABLE
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION social.stands_by_itself(viewer uuid, post uuid, author uuid, reply_to uuid)
 RETURNS TABLE(stands boolean)
 LANGUAGE sql
 STABLE
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION social.tombstones()
 RETURNS TABLE(id uuid, tombstone json)
 LANGUAGE sql
 STABLE
AS $function$
  SELECT p.id, row_to_json(stone)
  FROM post p
  CROSS JOIN LATERAL (
    SELECT
      p.id,
      CASE WHEN p.deleted_at IS NOT NULL AND p.removed_at IS NULL AND p.visibility = 'public'
        THEN 'deleted' ELSE 'unavailable' END AS tombstone
  ) stone
$function$;

CREATE OR REPLACE FUNCTION social.unread_notifications(viewer uuid, moment timestamp with time zone)
 RETURNS integer
 LANGUAGE sql
 STABLE
AS $function$
  SELECT count(*)::int
  FROM (
    SELECT FROM heard_notifications(viewer, moment) n
    WHERE NOT n.request
      AND n.id > coalesce(
        (SELECT m.last_read_id FROM marker m WHERE m.account_id = viewer AND m.timeline = 'notifications'),
        '00000000-0000-0000-0000-000000000000'
      )
    LIMIT 1000
  ) recent
$function$;

CREATE OR REPLACE FUNCTION social.visible_people(viewer uuid)
 RETURNS SETOF profile
 LANGUAGE sql
 STABLE
AS $function$
  SELECT p.*
  FROM profile p
  WHERE p.account_id = viewer
    OR (
      NOT EXISTS (SELECT FROM block b WHERE b.blocker_id = viewer AND b.blocked_id = p.account_id)
      AND NOT EXISTS (SELECT FROM block b WHERE b.blocker_id = p.account_id AND b.blocked_id = viewer)
      AND NOT EXISTS (SELECT FROM account_closure c WHERE c.account_id = p.account_id)
    )
$function$;

CREATE OR REPLACE FUNCTION social.visible_posts(viewer uuid)
 RETURNS SETOF post
 LANGUAGE sql
 STABLE
AS $function$
  SELECT p.*
  FROM post p
  WHERE p.deleted_at IS NULL
    AND p.removed_at IS NULL
    AND (
      p.author_id = viewer
      OR (
        (
          p.visibility = 'public'
          OR (
            p.visibility = 'followers'
            AND EXISTS (
              SELECT FROM follow f
              WHERE f.follower_id = viewer AND f.followee_id = p.author_id AND f.state = 'following'
            )
          )
          OR (
            p.visibility = 'circle'
            AND EXISTS (SELECT FROM circle_member c WHERE c.circle_id = p.circle_id AND c.member_id = viewer)
          )
        )
        AND NOT EXISTS (SELECT FROM block b WHERE b.blocker_id = viewer AND b.blocked_id = p.author_id)
        AND NOT EXISTS (SELECT FROM block b WHERE b.blocker_id = p.author_id AND b.blocked_id = viewer)
        AND NOT EXISTS (SELECT FROM account_closure c WHERE c.account_id = p.author_id)
      )
    )
$function$;

CREATE OR REPLACE FUNCTION social.words_of(said text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  SELECT ' ' || btrim(regexp_replace(
    regexp_replace(
      upper(normalize(said, NFKC)),
      '((?!_)[[:punct:]]|[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])',
      ' \1 ', 'g'
    ),
    '[[:space:]]+', ' ', 'g'
  )) || ' '
$function$;

