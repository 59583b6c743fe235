-- AlterEnum
ALTER TYPE "suspension_action" ADD VALUE 'warn';
ALTER TYPE "suspension_action" ADD VALUE 'remove_post';
ALTER TYPE "suspension_action" ADD VALUE 'restore_post';
ALTER TYPE "suspension_action" ADD VALUE 'end_sessions';
ALTER TYPE "suspension_action" ADD VALUE 'resolve_report';
ALTER TYPE "suspension_action" ADD VALUE 'decide_appeal';

-- AlterEnum
ALTER TYPE "notification_subject" ADD VALUE 'sanction';
ALTER TYPE "notification_subject" ADD VALUE 'report';

-- CreateEnum
CREATE TYPE "email_code_purpose" AS ENUM ('verification', 'password_reset');

-- CreateEnum
CREATE TYPE "report_subject" AS ENUM ('post', 'user', 'pocket', 'invitation');

-- CreateEnum
CREATE TYPE "report_category" AS ENUM ('spam', 'harassment', 'hate', 'violence', 'self_harm', 'sexual', 'fraud', 'impersonation', 'other');

-- CreateEnum
CREATE TYPE "report_status" AS ENUM ('open', 'acted', 'dismissed');

-- CreateEnum
CREATE TYPE "sanction_kind" AS ENUM ('warning', 'post_removed', 'suspended');

-- CreateEnum
CREATE TYPE "appeal_outcome" AS ENUM ('upheld', 'overturned');

-- AlterTable
ALTER TABLE "account" ADD COLUMN     "pending_email" CITEXT;

-- AlterTable
ALTER TABLE "suspension_decision" ADD COLUMN     "target_id" UUID;

-- CreateTable
CREATE TABLE "email_code" (
    "account_id" UUID NOT NULL,
    "purpose" "email_code_purpose" NOT NULL,
    "email" CITEXT NOT NULL,
    "code_hash" TEXT NOT NULL,
    "tries" INTEGER NOT NULL DEFAULT 0,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "email_code_pkey" PRIMARY KEY ("account_id","purpose")
);

-- CreateTable
CREATE TABLE "report" (
    "id" UUID NOT NULL,
    "reporter_id" UUID NOT NULL,
    "subject_type" "report_subject" NOT NULL,
    "subject_id" UUID NOT NULL,
    "subject_owner_id" UUID NOT NULL,
    "category" "report_category" NOT NULL,
    "rule_ids" TEXT[],
    "comment" TEXT,
    "excerpt" TEXT,
    "status" "report_status" NOT NULL DEFAULT 'open',
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "resolved_at" TIMESTAMPTZ(3),

    CONSTRAINT "report_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sanction" (
    "id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "kind" "sanction_kind" NOT NULL,
    "decision_id" UUID NOT NULL,
    "rule_ids" TEXT[],
    "post_id" UUID,
    "excerpt" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "lifted_at" TIMESTAMPTZ(3),

    CONSTRAINT "sanction_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "appeal" (
    "id" UUID NOT NULL,
    "sanction_id" UUID NOT NULL,
    "text" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "outcome" "appeal_outcome",
    "decided_at" TIMESTAMPTZ(3),
    "reason" TEXT,

    CONSTRAINT "appeal_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "email_code_expires_at_idx" ON "email_code"("expires_at");

-- CreateIndex
CREATE INDEX "report_reporter_id_id_idx" ON "report"("reporter_id", "id");

-- CreateIndex
CREATE INDEX "report_status_id_idx" ON "report"("status", "id");

-- CreateIndex
CREATE INDEX "report_subject_id_id_idx" ON "report"("subject_id", "id");

-- CreateIndex
CREATE INDEX "report_subject_owner_id_idx" ON "report"("subject_owner_id");

-- CreateIndex
CREATE UNIQUE INDEX "sanction_decision_id_key" ON "sanction"("decision_id");

-- CreateIndex
CREATE INDEX "sanction_account_id_id_idx" ON "sanction"("account_id", "id");

-- CreateIndex
CREATE INDEX "sanction_post_id_idx" ON "sanction"("post_id");

-- CreateIndex
CREATE UNIQUE INDEX "appeal_sanction_id_key" ON "appeal"("sanction_id");

-- CreateIndex
CREATE INDEX "appeal_outcome_id_idx" ON "appeal"("outcome", "id");

-- AddForeignKey
ALTER TABLE "email_code" ADD CONSTRAINT "email_code_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "report" ADD CONSTRAINT "report_reporter_id_fkey" FOREIGN KEY ("reporter_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "report" ADD CONSTRAINT "report_subject_owner_id_fkey" FOREIGN KEY ("subject_owner_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sanction" ADD CONSTRAINT "sanction_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sanction" ADD CONSTRAINT "sanction_decision_id_fkey" FOREIGN KEY ("decision_id") REFERENCES "suspension_decision"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sanction" ADD CONSTRAINT "sanction_post_id_fkey" FOREIGN KEY ("post_id") REFERENCES "post"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "appeal" ADD CONSTRAINT "appeal_sanction_id_fkey" FOREIGN KEY ("sanction_id") REFERENCES "sanction"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- One open report for a person and a subject, however many arrive at once.
CREATE UNIQUE INDEX "report_open_key" ON "report"("reporter_id", "subject_type", "subject_id") WHERE "status" = 'open';
-- One removal of a post at a time counts against its author.
CREATE UNIQUE INDEX "sanction_removal_key" ON "sanction"("post_id") WHERE "kind" = 'post_removed' AND "lifted_at" IS NULL;
-- An answer has its moment, and the other way round.
ALTER TABLE "appeal" ADD CONSTRAINT "appeal_decided" CHECK (("outcome" IS NULL) = ("decided_at" IS NULL));
ALTER TABLE "report" ADD CONSTRAINT "report_resolved" CHECK (("status" = 'open') = ("resolved_at" IS NULL));

-- The suspensions that are in force can be appealed like those to come.
INSERT INTO "sanction" ("id", "account_id", "kind", "decision_id", "rule_ids", "created_at", "expires_at")
SELECT gen_random_uuid(), a.id, 'suspended', d.id, '{}', d.decided_at, d.decided_at + interval '180 days'
FROM "account" a
JOIN LATERAL (
  SELECT id, decided_at FROM "suspension_decision"
  WHERE account_id = a.id AND action = 'suspend'
  ORDER BY decided_at DESC LIMIT 1
) d ON true
WHERE a.suspended_at IS NOT NULL;
