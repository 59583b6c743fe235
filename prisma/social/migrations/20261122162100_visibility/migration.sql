-- THE place where it is decided who sees which post. Every surface reads posts through it. Written so that PostgreSQL inlines it
-- into the query around it (one SELECT, STABLE, no SET clause): it costs what its text costs.
CREATE OR REPLACE FUNCTION "visible_posts"(viewer uuid) RETURNS SETOF "post" LANGUAGE sql STABLE AS $$
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
$$;

-- Those of the visible posts that the viewer wants to meet: nobody they mute, no word they mute. For what is put before them
-- (feeds, search, suggestions, notifications); what they open themselves is not filtered.
CREATE FUNCTION "heard_posts"(viewer uuid, moment timestamptz) RETURNS SETOF "post" LANGUAGE sql STABLE AS $$
  SELECT v.*
  FROM visible_posts(viewer) v
  WHERE v.author_id = viewer
    OR (
      NOT EXISTS (
        SELECT FROM mute m
        WHERE m.muter_id = viewer AND m.muted_id = v.author_id AND (m.expires_at IS NULL OR m.expires_at > moment)
      )
      AND NOT EXISTS (
        SELECT FROM muted_word w
        WHERE w.account_id = viewer AND (w.expires_at IS NULL OR w.expires_at > moment) AND v.text ~* w.pattern
      )
    )
$$;
