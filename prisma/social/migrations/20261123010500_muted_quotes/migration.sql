-- Whom and what the viewer has muted they do not meet inside of another's post either: a post is left out with what it quotes. The
-- viewer's own posts are theirs wherever they stand, and what was taken out of a quote is not met in it.
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
$$;
