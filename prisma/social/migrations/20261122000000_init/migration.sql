-- CreateEnum
CREATE TYPE "session_end" AS ENUM ('signed_out', 'token_reused', 'suspended');

-- CreateEnum
CREATE TYPE "follow_state" AS ENUM ('requested', 'following');

-- CreateEnum
CREATE TYPE "media_status" AS ENUM ('awaiting_upload', 'processing', 'ready', 'rejected');

-- CreateEnum
CREATE TYPE "media_rejection" AS ENUM ('not_an_image', 'type_mismatch', 'too_large', 'too_many_pixels', 'upload_missing');

-- CreateEnum
CREATE TYPE "visibility" AS ENUM ('public', 'followers', 'self');

-- CreateEnum
CREATE TYPE "reaction_kind" AS ENUM ('like', 'love', 'cheer', 'laugh', 'sad');

-- CreateEnum
CREATE TYPE "notification_kind" AS ENUM ('follow', 'follow_request', 'reaction', 'reply');

-- CreateEnum
CREATE TYPE "suspension_action" AS ENUM ('suspend', 'restore');

-- CreateTable
CREATE TABLE "account" (
    "id" UUID NOT NULL,
    "email" CITEXT NOT NULL,
    "password_hash" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "last_active_at" TIMESTAMPTZ(3) NOT NULL,
    "suspended_at" TIMESTAMPTZ(3),
    "suspended_until" TIMESTAMPTZ(3),
    "suspension_reason" TEXT,

    CONSTRAINT "account_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "profile" (
    "account_id" UUID NOT NULL,
    "handle" CITEXT NOT NULL,
    "display_name" TEXT NOT NULL,
    "bio" TEXT NOT NULL DEFAULT '',
    "avatar_media_id" UUID,
    "locked" BOOLEAN NOT NULL DEFAULT false,
    "post_count" INTEGER NOT NULL DEFAULT 0,
    "follower_count" INTEGER NOT NULL DEFAULT 0,
    "following_count" INTEGER NOT NULL DEFAULT 0,
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "profile_pkey" PRIMARY KEY ("account_id")
);

-- CreateTable
CREATE TABLE "session" (
    "id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "device_name" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "last_used_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),
    "end_reason" "session_end",

    CONSTRAINT "session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "refresh_token" (
    "hash" BYTEA NOT NULL,
    "session_id" UUID NOT NULL,
    "issued_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),

    CONSTRAINT "refresh_token_pkey" PRIMARY KEY ("hash")
);

-- CreateTable
CREATE TABLE "password_attempt" (
    "subject" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL,
    "window_ends_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "password_attempt_pkey" PRIMARY KEY ("subject")
);

-- CreateTable
CREATE TABLE "follow" (
    "follower_id" UUID NOT NULL,
    "followee_id" UUID NOT NULL,
    "state" "follow_state" NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "follow_pkey" PRIMARY KEY ("follower_id","followee_id")
);

-- CreateTable
CREATE TABLE "block" (
    "blocker_id" UUID NOT NULL,
    "blocked_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "block_pkey" PRIMARY KEY ("blocker_id","blocked_id")
);

-- CreateTable
CREATE TABLE "media" (
    "id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "status" "media_status" NOT NULL DEFAULT 'awaiting_upload',
    "content_type" TEXT NOT NULL,
    "byte_length" INTEGER NOT NULL,
    "alt_text" TEXT,
    "width" INTEGER,
    "height" INTEGER,
    "blurhash" TEXT,
    "rejection" "media_rejection",
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "media_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "post" (
    "id" UUID NOT NULL,
    "author_id" UUID NOT NULL,
    "text" TEXT NOT NULL,
    "visibility" "visibility" NOT NULL,
    "reply_to_id" UUID,
    "pocket_id" UUID,
    "reply_count" INTEGER NOT NULL DEFAULT 0,
    "reaction_count" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "post_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "post_media" (
    "post_id" UUID NOT NULL,
    "position" SMALLINT NOT NULL,
    "media_id" UUID NOT NULL,

    CONSTRAINT "post_media_pkey" PRIMARY KEY ("post_id","position")
);

-- CreateTable
CREATE TABLE "reaction" (
    "post_id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "kind" "reaction_kind" NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "reaction_pkey" PRIMARY KEY ("post_id","account_id")
);

-- CreateTable
CREATE TABLE "timeline_entry" (
    "owner_id" UUID NOT NULL,
    "post_id" UUID NOT NULL,

    CONSTRAINT "timeline_entry_pkey" PRIMARY KEY ("owner_id","post_id")
);

-- CreateTable
CREATE TABLE "large_author" (
    "account_id" UUID NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "large_author_pkey" PRIMARY KEY ("account_id")
);

-- CreateTable
CREATE TABLE "notification" (
    "id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "kind" "notification_kind" NOT NULL,
    "actor_id" UUID NOT NULL,
    "post_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "notification_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "marker" (
    "account_id" UUID NOT NULL,
    "timeline" TEXT NOT NULL,
    "last_read_id" UUID NOT NULL,
    "version" INTEGER NOT NULL,

    CONSTRAINT "marker_pkey" PRIMARY KEY ("account_id","timeline")
);

-- CreateTable
CREATE TABLE "suspension_decision" (
    "id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "action" "suspension_action" NOT NULL,
    "staff_id" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "until" TIMESTAMPTZ(3),
    "decided_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "suspension_decision_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "idempotency" (
    "owner_id" UUID NOT NULL,
    "operation" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "request_hash" TEXT NOT NULL,
    "status" INTEGER NOT NULL,
    "body" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotency_pkey" PRIMARY KEY ("owner_id","operation","key")
);

-- CreateIndex
CREATE UNIQUE INDEX "account_email_key" ON "account"("email");

-- CreateIndex
CREATE INDEX "account_email_trigram_idx" ON "account" USING GIN ("email" gin_trgm_ops);

-- CreateIndex
CREATE UNIQUE INDEX "profile_handle_key" ON "profile"("handle");

-- CreateIndex
CREATE INDEX "profile_handle_trigram_idx" ON "profile" USING GIN ("handle" gin_trgm_ops);

-- CreateIndex
CREATE INDEX "profile_display_name_trigram_idx" ON "profile" USING GIN ("display_name" gin_trgm_ops);

-- CreateIndex
CREATE INDEX "session_account_id_ended_at_idx" ON "session"("account_id", "ended_at");

-- CreateIndex
CREATE INDEX "session_ended_at_idx" ON "session"("ended_at");

-- CreateIndex
CREATE INDEX "session_expires_at_idx" ON "session"("expires_at");

-- CreateIndex
CREATE INDEX "refresh_token_session_id_idx" ON "refresh_token"("session_id");

-- CreateIndex
CREATE INDEX "password_attempt_window_ends_at_idx" ON "password_attempt"("window_ends_at");

-- CreateIndex
CREATE INDEX "follow_followee_id_state_follower_id_idx" ON "follow"("followee_id", "state", "follower_id");

-- CreateIndex
CREATE INDEX "block_blocked_id_blocker_id_idx" ON "block"("blocked_id", "blocker_id");

-- CreateIndex
CREATE INDEX "media_account_id_id_idx" ON "media"("account_id", "id");

-- CreateIndex
CREATE INDEX "post_author_id_id_idx" ON "post"("author_id", "id");

-- CreateIndex
CREATE INDEX "post_reply_to_id_id_idx" ON "post"("reply_to_id", "id");

-- CreateIndex
CREATE INDEX "post_media_media_id_idx" ON "post_media"("media_id");

-- CreateIndex
CREATE INDEX "reaction_account_id_post_id_idx" ON "reaction"("account_id", "post_id");

-- CreateIndex
CREATE INDEX "notification_account_id_id_idx" ON "notification"("account_id", "id");

-- CreateIndex
CREATE INDEX "notification_actor_id_account_id_idx" ON "notification"("actor_id", "account_id");

-- CreateIndex
CREATE INDEX "notification_post_id_idx" ON "notification"("post_id");

-- CreateIndex
CREATE INDEX "suspension_decision_account_id_decided_at_idx" ON "suspension_decision"("account_id", "decided_at");

-- CreateIndex
CREATE INDEX "idempotency_created_at_idx" ON "idempotency"("created_at");

-- AddForeignKey
ALTER TABLE "profile" ADD CONSTRAINT "profile_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "profile" ADD CONSTRAINT "profile_avatar_media_id_fkey" FOREIGN KEY ("avatar_media_id") REFERENCES "media"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "session" ADD CONSTRAINT "session_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "refresh_token" ADD CONSTRAINT "refresh_token_session_id_fkey" FOREIGN KEY ("session_id") REFERENCES "session"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "follow" ADD CONSTRAINT "follow_follower_id_fkey" FOREIGN KEY ("follower_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "follow" ADD CONSTRAINT "follow_followee_id_fkey" FOREIGN KEY ("followee_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "block" ADD CONSTRAINT "block_blocker_id_fkey" FOREIGN KEY ("blocker_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "block" ADD CONSTRAINT "block_blocked_id_fkey" FOREIGN KEY ("blocked_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "media" ADD CONSTRAINT "media_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "post" ADD CONSTRAINT "post_author_id_fkey" FOREIGN KEY ("author_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "post" ADD CONSTRAINT "post_reply_to_id_fkey" FOREIGN KEY ("reply_to_id") REFERENCES "post"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "post_media" ADD CONSTRAINT "post_media_post_id_fkey" FOREIGN KEY ("post_id") REFERENCES "post"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "post_media" ADD CONSTRAINT "post_media_media_id_fkey" FOREIGN KEY ("media_id") REFERENCES "media"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "reaction" ADD CONSTRAINT "reaction_post_id_fkey" FOREIGN KEY ("post_id") REFERENCES "post"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "reaction" ADD CONSTRAINT "reaction_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "notification" ADD CONSTRAINT "notification_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "notification" ADD CONSTRAINT "notification_actor_id_fkey" FOREIGN KEY ("actor_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "marker" ADD CONSTRAINT "marker_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "suspension_decision" ADD CONSTRAINT "suspension_decision_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What no interleaving may break: counts do not go below zero, nobody follows or blocks themselves.
ALTER TABLE "profile" ADD CONSTRAINT "profile_counts" CHECK ("post_count" >= 0 AND "follower_count" >= 0 AND "following_count" >= 0);
ALTER TABLE "post" ADD CONSTRAINT "post_counts" CHECK ("reply_count" >= 0 AND "reaction_count" >= 0);
ALTER TABLE "follow" ADD CONSTRAINT "follow_other" CHECK ("follower_id" <> "followee_id");
ALTER TABLE "block" ADD CONSTRAINT "block_other" CHECK ("blocker_id" <> "blocked_id");
ALTER TABLE "media" ADD CONSTRAINT "media_ready" CHECK ("status" <> 'ready' OR ("width" IS NOT NULL AND "height" IS NOT NULL AND "blurhash" IS NOT NULL));

-- Counts change in place: room in the page keeps these updates off the indexes.
ALTER TABLE "post" SET (fillfactor = 90);
ALTER TABLE "profile" SET (fillfactor = 90);

-- THE place where it is decided who sees which post. Every surface reads posts through it. Like post_cards below it is written
-- so that PostgreSQL inlines it into the query around it (one SELECT, STABLE, no SET clause): it costs what its text costs.
CREATE FUNCTION "visible_posts"(viewer uuid) RETURNS SETOF "post" LANGUAGE sql STABLE AS $$
  SELECT p.*
  FROM post p
  WHERE p.deleted_at IS NULL
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
        )
        AND NOT EXISTS (SELECT FROM block b WHERE b.blocker_id = viewer AND b.blocked_id = p.author_id)
        AND NOT EXISTS (SELECT FROM block b WHERE b.blocker_id = p.author_id AND b.blocked_id = viewer)
      )
    )
$$;

-- RFC 3339 in UTC, as JavaScript writes it.
CREATE FUNCTION "rfc3339"(moment timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

-- Where a published picture is; rendition is "image" or "thumbnail".
CREATE FUNCTION "media_url"(media_base text, media_id uuid, rendition text) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT media_base || '/' || media_id::text || '/' || rendition || '.webp'
$$;

-- A Profile of the contract. (row_to_json writes compact JSON, json_build_object does not.)
CREATE FUNCTION "profile_cards"(media_base text)
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
      p.locked,
      counts,
      rfc3339(a.created_at) AS "createdAt"
  ) profile
$$;

-- The posts that the viewer may see, each as a Post of the contract.
CREATE FUNCTION "post_cards"(viewer uuid, media_base text)
RETURNS TABLE ("id" uuid, "author_id" uuid, "card" json) LANGUAGE sql STABLE AS $$
  SELECT p.id, p.author_id, row_to_json(card)
  FROM visible_posts(viewer) p
  JOIN profile a ON a.account_id = p.author_id
  CROSS JOIN LATERAL (
    SELECT
      a.account_id AS id,
      a.handle,
      a.display_name AS "displayName",
      media_url(media_base, a.avatar_media_id, 'thumbnail') AS "avatarUrl"
  ) author
  CROSS JOIN LATERAL (SELECT p.reply_count AS replies, p.reaction_count AS reactions, 0 AS reposts) counts
  CROSS JOIN LATERAL (
    SELECT
      (SELECT r.kind FROM reaction r WHERE r.post_id = p.id AND r.account_id = viewer) AS reaction,
      false AS reposted,
      false AS bookmarked
  ) viewer_state
  CROSS JOIN LATERAL (SELECT p.pocket_id AS id) pocket
  CROSS JOIN LATERAL (
    SELECT
      p.id,
      author,
      p.text,
      (
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
        WHERE pm.post_id = p.id
      ) AS media,
      p.visibility,
      rfc3339(p.created_at) AS "createdAt",
      NULL::text AS "editedAt",
      p.reply_to_id AS "replyToId",
      counts,
      viewer_state AS viewer,
      CASE WHEN p.pocket_id IS NOT NULL THEN pocket END AS pocket
  ) card
$$;
