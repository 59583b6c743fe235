-- CreateEnum
CREATE TYPE "follows_visibility" AS ENUM ('everyone', 'followers', 'me');

-- CreateEnum
CREATE TYPE "alt_text_policy" AS ENUM ('off', 'remind');

-- CreateEnum
CREATE TYPE "reply_policy" AS ENUM ('everyone', 'followers', 'mentioned', 'nobody');

-- CreateEnum
CREATE TYPE "quote_policy" AS ENUM ('everyone', 'followers', 'nobody');

-- AlterEnum
ALTER TYPE "notification_kind" ADD VALUE 'follow_accepted';
ALTER TYPE "notification_kind" ADD VALUE 'mention';
ALTER TYPE "notification_kind" ADD VALUE 'repost';
ALTER TYPE "notification_kind" ADD VALUE 'quote';
ALTER TYPE "notification_kind" ADD VALUE 'moderation';
ALTER TYPE "notification_kind" ADD VALUE 'transfer_settled';
ALTER TYPE "notification_kind" ADD VALUE 'transfer_failed';
ALTER TYPE "notification_kind" ADD VALUE 'transfer_returned';
ALTER TYPE "notification_kind" ADD VALUE 'pocket_invitation';
ALTER TYPE "notification_kind" ADD VALUE 'pocket_milestone';
ALTER TYPE "notification_kind" ADD VALUE 'rule_skipped';
ALTER TYPE "notification_kind" ADD VALUE 'connection_attention';

-- AlterEnum
ALTER TYPE "session_end" ADD VALUE 'password_changed';
ALTER TYPE "session_end" ADD VALUE 'account_closed';
ALTER TYPE "session_end" ADD VALUE 'ended_by_staff';

-- AlterEnum
ALTER TYPE "visibility" ADD VALUE 'circle';

-- AlterTable
ALTER TABLE "account" ADD COLUMN     "email_verified_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "post" ADD COLUMN     "circle_id" UUID,
ADD COLUMN     "edited_at" TIMESTAMPTZ(3),
ADD COLUMN     "quote_of_id" UUID,
ADD COLUMN     "quote_policy" "quote_policy" NOT NULL DEFAULT 'everyone',
ADD COLUMN     "quote_revoked_at" TIMESTAMPTZ(3),
ADD COLUMN     "removed_at" TIMESTAMPTZ(3),
ADD COLUMN     "reply_policy" "reply_policy" NOT NULL DEFAULT 'everyone',
ADD COLUMN     "repost_count" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "root_id" UUID,
ADD COLUMN     "version" INTEGER NOT NULL DEFAULT 1;

-- AlterTable
ALTER TABLE "profile" ADD COLUMN     "alt_text_policy" "alt_text_policy" NOT NULL DEFAULT 'off',
ADD COLUMN     "discoverable" BOOLEAN NOT NULL DEFAULT true,
ADD COLUMN     "follows_visibility" "follows_visibility" NOT NULL DEFAULT 'everyone';

-- DropTable
DROP TABLE "password_attempt";

-- CreateTable
CREATE TABLE "account_closure" (
    "account_id" UUID NOT NULL,
    "requested_at" TIMESTAMPTZ(3) NOT NULL,
    "effective_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "account_closure_pkey" PRIMARY KEY ("account_id")
);

-- CreateTable
CREATE TABLE "limit_window" (
    "subject" TEXT NOT NULL,
    "used" INTEGER NOT NULL,
    "ends_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "limit_window_pkey" PRIMARY KEY ("subject")
);

-- CreateTable
CREATE TABLE "mute" (
    "muter_id" UUID NOT NULL,
    "muted_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3),

    CONSTRAINT "mute_pkey" PRIMARY KEY ("muter_id","muted_id")
);

-- CreateTable
CREATE TABLE "muted_word" (
    "id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "phrase" TEXT NOT NULL,
    "pattern" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3),

    CONSTRAINT "muted_word_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "circle" (
    "id" UUID NOT NULL,
    "owner_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "circle_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "circle_member" (
    "circle_id" UUID NOT NULL,
    "member_id" UUID NOT NULL,
    "added_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "circle_member_pkey" PRIMARY KEY ("circle_id","member_id")
);

-- CreateTable
CREATE TABLE "post_revision" (
    "post_id" UUID NOT NULL,
    "version" INTEGER NOT NULL,
    "text" TEXT NOT NULL,
    "media" JSONB NOT NULL,
    "written_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "post_revision_pkey" PRIMARY KEY ("post_id","version")
);

-- CreateTable
CREATE TABLE "post_tag" (
    "tag" TEXT NOT NULL,
    "post_id" UUID NOT NULL,

    CONSTRAINT "post_tag_pkey" PRIMARY KEY ("tag","post_id")
);

-- CreateTable
CREATE TABLE "post_mention" (
    "post_id" UUID NOT NULL,
    "account_id" UUID NOT NULL,

    CONSTRAINT "post_mention_pkey" PRIMARY KEY ("post_id","account_id")
);

-- CreateTable
CREATE TABLE "repost" (
    "id" UUID NOT NULL,
    "post_id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "repost_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "bookmark" (
    "id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "post_id" UUID NOT NULL,

    CONSTRAINT "bookmark_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "timeline_repost" (
    "owner_id" UUID NOT NULL,
    "post_id" UUID NOT NULL,
    "repost_id" UUID NOT NULL,
    "reposter_id" UUID NOT NULL,

    CONSTRAINT "timeline_repost_pkey" PRIMARY KEY ("owner_id","post_id","reposter_id")
);

-- CreateIndex
CREATE INDEX "account_closure_effective_at_idx" ON "account_closure"("effective_at");

-- CreateIndex
CREATE INDEX "limit_window_ends_at_idx" ON "limit_window"("ends_at");

-- CreateIndex
CREATE INDEX "mute_muted_id_idx" ON "mute"("muted_id");

-- CreateIndex
CREATE INDEX "muted_word_account_id_id_idx" ON "muted_word"("account_id", "id");

-- CreateIndex
CREATE INDEX "circle_owner_id_id_idx" ON "circle"("owner_id", "id");

-- CreateIndex
CREATE INDEX "circle_member_member_id_circle_id_idx" ON "circle_member"("member_id", "circle_id");

-- CreateIndex
CREATE INDEX "post_tag_post_id_idx" ON "post_tag"("post_id");

-- CreateIndex
CREATE INDEX "post_mention_account_id_post_id_idx" ON "post_mention"("account_id", "post_id");

-- CreateIndex
CREATE INDEX "repost_account_id_id_idx" ON "repost"("account_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "repost_post_id_account_id_key" ON "repost"("post_id", "account_id");

-- CreateIndex
CREATE INDEX "bookmark_account_id_id_idx" ON "bookmark"("account_id", "id");

-- CreateIndex
CREATE INDEX "bookmark_post_id_idx" ON "bookmark"("post_id");

-- CreateIndex
CREATE UNIQUE INDEX "bookmark_account_id_post_id_key" ON "bookmark"("account_id", "post_id");

-- CreateIndex
CREATE INDEX "timeline_repost_owner_id_repost_id_idx" ON "timeline_repost"("owner_id", "repost_id");

-- CreateIndex
CREATE INDEX "follow_followee_id_state_created_at_follower_id_idx" ON "follow"("followee_id", "state", "created_at", "follower_id");

-- CreateIndex
CREATE INDEX "follow_follower_id_state_created_at_followee_id_idx" ON "follow"("follower_id", "state", "created_at", "followee_id");

-- CreateIndex
CREATE INDEX "post_quote_of_id_id_idx" ON "post"("quote_of_id", "id");

-- CreateIndex
CREATE INDEX "post_circle_id_idx" ON "post"("circle_id");

-- AddForeignKey
ALTER TABLE "account_closure" ADD CONSTRAINT "account_closure_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "mute" ADD CONSTRAINT "mute_muter_id_fkey" FOREIGN KEY ("muter_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "mute" ADD CONSTRAINT "mute_muted_id_fkey" FOREIGN KEY ("muted_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "muted_word" ADD CONSTRAINT "muted_word_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "circle" ADD CONSTRAINT "circle_owner_id_fkey" FOREIGN KEY ("owner_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "circle_member" ADD CONSTRAINT "circle_member_circle_id_fkey" FOREIGN KEY ("circle_id") REFERENCES "circle"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "circle_member" ADD CONSTRAINT "circle_member_member_id_fkey" FOREIGN KEY ("member_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "post" ADD CONSTRAINT "post_circle_id_fkey" FOREIGN KEY ("circle_id") REFERENCES "circle"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "post" ADD CONSTRAINT "post_quote_of_id_fkey" FOREIGN KEY ("quote_of_id") REFERENCES "post"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "post_revision" ADD CONSTRAINT "post_revision_post_id_fkey" FOREIGN KEY ("post_id") REFERENCES "post"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "post_tag" ADD CONSTRAINT "post_tag_post_id_fkey" FOREIGN KEY ("post_id") REFERENCES "post"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "post_mention" ADD CONSTRAINT "post_mention_post_id_fkey" FOREIGN KEY ("post_id") REFERENCES "post"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "post_mention" ADD CONSTRAINT "post_mention_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "repost" ADD CONSTRAINT "repost_post_id_fkey" FOREIGN KEY ("post_id") REFERENCES "post"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "repost" ADD CONSTRAINT "repost_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "bookmark" ADD CONSTRAINT "bookmark_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "bookmark" ADD CONSTRAINT "bookmark_post_id_fkey" FOREIGN KEY ("post_id") REFERENCES "post"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What no interleaving may break.
ALTER TABLE "post" ADD CONSTRAINT "post_repost_count" CHECK ("repost_count" >= 0);
ALTER TABLE "mute" ADD CONSTRAINT "mute_other" CHECK ("muter_id" <> "muted_id");
