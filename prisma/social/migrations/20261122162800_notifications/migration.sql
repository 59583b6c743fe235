-- CreateEnum
CREATE TYPE "notification_subject" AS ENUM ('transfer', 'pocket', 'invitation', 'connection', 'rule');

-- CreateEnum
CREATE TYPE "stranger_policy" AS ENUM ('all', 'requests', 'none');

-- CreateEnum
CREATE TYPE "platform" AS ENUM ('ios', 'android');

-- AlterTable
ALTER TABLE "notification" ADD COLUMN     "group_id" UUID,
ADD COLUMN     "request" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "subject_id" UUID,
ADD COLUMN     "subject_type" "notification_subject",
ALTER COLUMN "actor_id" DROP NOT NULL;

-- CreateTable
CREATE TABLE "notification_group" (
    "id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "request" BOOLEAN NOT NULL DEFAULT false,
    "day" DATE NOT NULL,
    "latest_id" UUID NOT NULL,

    CONSTRAINT "notification_group_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "notification_policy" (
    "account_id" UUID NOT NULL,
    "strangers" "stranger_policy" NOT NULL DEFAULT 'all',
    "push_off" "notification_kind"[],
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "notification_policy_pkey" PRIMARY KEY ("account_id")
);

-- CreateTable
CREATE TABLE "accepted_stranger" (
    "account_id" UUID NOT NULL,
    "stranger_id" UUID NOT NULL,
    "accepted_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "accepted_stranger_pkey" PRIMARY KEY ("account_id","stranger_id")
);

-- CreateTable
CREATE TABLE "notice" (
    "account_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "told_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "notice_pkey" PRIMARY KEY ("account_id","id")
);

-- CreateTable
CREATE TABLE "device" (
    "account_id" UUID NOT NULL,
    "id" TEXT NOT NULL,
    "session_id" UUID NOT NULL,
    "platform" "platform" NOT NULL,
    "push_token" TEXT NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "registered_at" TIMESTAMPTZ(3) NOT NULL,
    "pushed_id" UUID,
    "pushed_at" TIMESTAMPTZ(3),

    CONSTRAINT "device_pkey" PRIMARY KEY ("account_id","id")
);

-- What makes notifications one group. Those of a stranger, which may be let in or thrown away together, keep to themselves.
CREATE FUNCTION "notification_group_key"(n "notification", read_before uuid) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT concat_ws(
    ':',
    n.kind,
    coalesce(coalesce(n.post_id, n.subject_id)::text, '-'),
    (n.created_at AT TIME ZONE 'UTC')::date,
    coalesce(read_before::text, '-'),
    CASE WHEN n.request THEN n.actor_id END
  )
$$;

-- The notifications of before: what was read when the marker moved last, and what came since.
CREATE TABLE "grouped" AS
  SELECT n.id, n.account_id, n.created_at, notification_group_key(n, m.last_read_id) AS key
  FROM notification n
  LEFT JOIN marker m ON m.account_id = n.account_id AND m.timeline = 'notifications' AND m.last_read_id < n.id;
INSERT INTO "notification_group" ("id", "account_id", "key", "day", "latest_id")
  SELECT DISTINCT ON (account_id, key) id, account_id, key, (created_at AT TIME ZONE 'UTC')::date, id
  FROM grouped ORDER BY account_id, key, id DESC;
UPDATE "notification" n SET "group_id" = g.id
  FROM grouped, notification_group g
  WHERE grouped.id = n.id AND g.account_id = grouped.account_id AND g.key = grouped.key;
DROP TABLE "grouped";
ALTER TABLE "notification" ALTER COLUMN "group_id" SET NOT NULL;

-- CreateIndex
CREATE INDEX "notification_group_account_id_request_latest_id_idx" ON "notification_group"("account_id", "request", "latest_id");

-- CreateIndex
CREATE INDEX "notification_group_day_idx" ON "notification_group"("day");

-- CreateIndex
CREATE UNIQUE INDEX "notification_group_account_id_key_key" ON "notification_group"("account_id", "key");

-- CreateIndex
CREATE INDEX "accepted_stranger_stranger_id_idx" ON "accepted_stranger"("stranger_id");

-- CreateIndex
CREATE INDEX "notice_told_at_idx" ON "notice"("told_at");

-- CreateIndex
CREATE UNIQUE INDEX "device_token_hash_key" ON "device"("token_hash");

-- CreateIndex
CREATE INDEX "device_session_id_idx" ON "device"("session_id");

-- CreateIndex
CREATE INDEX "notification_group_id_id_idx" ON "notification"("group_id", "id");

-- AddForeignKey
ALTER TABLE "notification" ADD CONSTRAINT "notification_group_id_fkey" FOREIGN KEY ("group_id") REFERENCES "notification_group"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "notification_group" ADD CONSTRAINT "notification_group_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "notification_policy" ADD CONSTRAINT "notification_policy_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "accepted_stranger" ADD CONSTRAINT "accepted_stranger_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "accepted_stranger" ADD CONSTRAINT "accepted_stranger_stranger_id_fkey" FOREIGN KEY ("stranger_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "notice" ADD CONSTRAINT "notice_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "device" ADD CONSTRAINT "device_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "device" ADD CONSTRAINT "device_session_id_fkey" FOREIGN KEY ("session_id") REFERENCES "session"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Whoever writes a notification need not know of groups: it finds its own here. The key names the group, so those that are written
-- at the same time meet in it. A group that has lost its notifications may still be there, and may have been let in: whether it is a
-- request is said anew by what comes, which is what every other in it is.
CREATE FUNCTION "find_notification_group"() RETURNS trigger LANGUAGE plpgsql AS $$
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
$$;
CREATE TRIGGER "in_its_group" BEFORE INSERT ON "notification"
  FOR EACH ROW WHEN (NEW.group_id IS NULL) EXECUTE FUNCTION "find_notification_group"();

-- Those of the people whom the viewer can see that they want to hear of.
CREATE FUNCTION "heard_people"(viewer uuid, moment timestamptz) RETURNS SETOF "profile" LANGUAGE sql STABLE AS $$
  SELECT v.*
  FROM visible_people(viewer) v
  WHERE NOT EXISTS (
    SELECT FROM mute m
    WHERE m.muter_id = viewer AND m.muted_id = v.account_id AND (m.expires_at IS NULL OR m.expires_at > moment)
  )
$$;

-- THE place where it is decided what somebody is told: their notifications, save those of people and posts that they may no longer
-- see or do not want to hear of. (A post that staff took down is still the subject of what staff say about it.) Each is asked about
-- by its id (LATERAL with LIMIT): left to itself the planner would sooner go through everybody once.
CREATE FUNCTION "heard_notifications"(viewer uuid, moment timestamptz) RETURNS SETOF "notification" LANGUAGE sql STABLE AS $$
  SELECT n.*
  FROM notification n
  LEFT JOIN LATERAL (
    SELECT h.account_id FROM heard_people(viewer, moment) h WHERE h.account_id = n.actor_id LIMIT 1
  ) actor ON true
  LEFT JOIN LATERAL (SELECT h.id FROM heard_posts(viewer, moment) h WHERE h.id = n.post_id LIMIT 1) post ON true
  WHERE n.account_id = viewer
    AND (n.actor_id IS NULL OR actor.account_id IS NOT NULL)
    AND (n.post_id IS NULL OR post.id IS NOT NULL OR n.kind = 'moderation')
$$;

-- How many of them came after the marker, a thousand at most.
CREATE FUNCTION "unread_notifications"(viewer uuid, moment timestamptz) RETURNS int LANGUAGE sql STABLE AS $$
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
$$;
