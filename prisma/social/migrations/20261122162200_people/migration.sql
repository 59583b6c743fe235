-- Lists of whom somebody has blocked or muted, newest first.
CREATE INDEX "block_blocker_id_created_at_blocked_id_idx" ON "block"("blocker_id", "created_at", "blocked_id");
CREATE INDEX "mute_muter_id_created_at_muted_id_idx" ON "mute"("muter_id", "created_at", "muted_id");

-- THE place where it is decided who sees whom: nobody across a block, whoever made it, and nobody who is having their account
-- deleted; everyone sees themselves. Inlined into the query around it, as visible_posts is.
CREATE FUNCTION "visible_people"(viewer uuid) RETURNS SETOF "profile" LANGUAGE sql STABLE AS $$
  SELECT p.*
  FROM profile p
  WHERE p.account_id = viewer
    OR (
      NOT EXISTS (SELECT FROM block b WHERE b.blocker_id = viewer AND b.blocked_id = p.account_id)
      AND NOT EXISTS (SELECT FROM block b WHERE b.blocker_id = p.account_id AND b.blocked_id = viewer)
      AND NOT EXISTS (SELECT FROM account_closure c WHERE c.account_id = p.account_id)
    )
$$;

-- A text as its words, each between single spaces: no case, one form of each character, every sign of punctuation a word of its own,
-- and so every character of the scripts that are written without spaces (Thai, Lao, Burmese, Khmer, Kana, Han). One text holds the
-- whole words of another when its words_of contains the other's. (upper, not lower: both Greek sigmas have one capital.)
CREATE FUNCTION "words_of"(said text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT ' ' || btrim(regexp_replace(
    regexp_replace(
      upper(normalize(said, NFKC)),
      '((?!_)[[:punct:]]|[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])',
      ' \1 ', 'g'
    ),
    '[[:space:]]+', ' ', 'g'
  )) || ' '
$$;

-- Whether a text holds one of the phrases, which are given as words_of writes them. The text is taken apart once, and only when there
-- is something to look for.
CREATE FUNCTION "says_any"(said text, phrases text[]) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
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
$$;

-- The muted phrases are read once a statement, whatever the number of posts: the array does not depend on the post.
CREATE OR REPLACE FUNCTION "heard_posts"(viewer uuid, moment timestamptz) RETURNS SETOF "post" LANGUAGE sql STABLE AS $$
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
    )
$$;

ALTER TABLE "muted_word" DROP COLUMN "pattern";

-- A Profile of the contract, now with what its picture shows.
CREATE OR REPLACE FUNCTION "profile_cards"(media_base text)
RETURNS TABLE ("account_id" uuid, "card" json) LANGUAGE sql STABLE AS $$
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
$$;
