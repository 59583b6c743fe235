-- CreateEnum
CREATE TYPE "case_status" AS ENUM ('open', 'claimed', 'decided', 'muted');

-- CreateEnum
CREATE TYPE "case_priority" AS ENUM ('urgent', 'high', 'normal', 'low');

-- CreateEnum
CREATE TYPE "case_outcome" AS ENUM ('dismissed', 'removed', 'warned', 'suspended', 'gone');

-- CreateEnum
CREATE TYPE "case_event_kind" AS ENUM ('reported', 'rerouted', 'claimed', 'released', 'escalated', 'noted', 'decided', 'refused', 'reopened', 'upheld', 'overturned');

-- CreateTable
CREATE TABLE "report_case" (
    "id" UUID NOT NULL,
    "subject_type" TEXT NOT NULL,
    "subject_id" UUID NOT NULL,
    "subject_owner_id" UUID NOT NULL,
    "status" "case_status" NOT NULL,
    "queue" TEXT NOT NULL,
    "priority" "case_priority" NOT NULL,
    "escalated" BOOLEAN NOT NULL DEFAULT false,
    "assignee_oid" UUID,
    "assignee_name" TEXT,
    "decision_id" UUID,
    "outcome" "case_outcome",
    "decided_at" TIMESTAMPTZ(3),
    "opened_at" TIMESTAMPTZ(3) NOT NULL,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "recheck_at" TIMESTAMPTZ(3),

    CONSTRAINT "report_case_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "case_report" (
    "id" UUID NOT NULL,
    "case_id" UUID NOT NULL,
    "reporter_id" UUID NOT NULL,
    "category" TEXT NOT NULL,
    "muted" BOOLEAN NOT NULL,
    "reported_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "case_report_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "case_event" (
    "id" UUID NOT NULL,
    "seq" BIGSERIAL NOT NULL,
    "case_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "kind" "case_event_kind" NOT NULL,
    "actor_oid" UUID,
    "actor_name" TEXT,
    "details" JSONB NOT NULL,
    "decision_id" UUID,

    CONSTRAINT "case_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "queue_member" (
    "queue" TEXT NOT NULL,
    "oid" UUID NOT NULL,
    "added_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "queue_member_pkey" PRIMARY KEY ("queue","oid")
);

-- CreateTable
CREATE TABLE "muted_reporter" (
    "user_id" UUID NOT NULL,
    "reason" TEXT NOT NULL,
    "muted_at" TIMESTAMPTZ(3) NOT NULL,
    "until" TIMESTAMPTZ(3),

    CONSTRAINT "muted_reporter_pkey" PRIMARY KEY ("user_id")
);

-- CreateTable
CREATE TABLE "report_intake" (
    "only" BOOLEAN NOT NULL DEFAULT true,
    "taken_to" TIMESTAMPTZ(3),

    CONSTRAINT "report_intake_pkey" PRIMARY KEY ("only")
);

-- CreateIndex
CREATE INDEX "report_case_status_due_at_id_idx" ON "report_case"("status", "due_at", "id");

-- CreateIndex
CREATE INDEX "report_case_queue_status_due_at_id_idx" ON "report_case"("queue", "status", "due_at", "id");

-- CreateIndex
CREATE INDEX "report_case_subject_owner_id_idx" ON "report_case"("subject_owner_id");

-- CreateIndex
CREATE INDEX "report_case_recheck_at_idx" ON "report_case"("recheck_at");

-- CreateIndex
CREATE UNIQUE INDEX "report_case_subject_type_subject_id_key" ON "report_case"("subject_type", "subject_id");

-- CreateIndex
CREATE INDEX "case_report_case_id_id_idx" ON "case_report"("case_id", "id");

-- CreateIndex
CREATE INDEX "case_event_case_id_seq_idx" ON "case_event"("case_id", "seq");

-- CreateIndex
CREATE INDEX "case_event_decision_id_idx" ON "case_event"("decision_id");

-- CreateIndex
CREATE INDEX "queue_member_oid_idx" ON "queue_member"("oid");

-- AddForeignKey
ALTER TABLE "case_report" ADD CONSTRAINT "case_report_case_id_fkey" FOREIGN KEY ("case_id") REFERENCES "report_case"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "case_event" ADD CONSTRAINT "case_event_case_id_fkey" FOREIGN KEY ("case_id") REFERENCES "report_case"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- One row, with nothing taken over yet.
ALTER TABLE "report_intake" ADD CONSTRAINT "report_intake_single" CHECK ("only");
INSERT INTO "report_intake" DEFAULT VALUES;
-- A decided case says how and when, any other one does not; a claimed one says by whom.
ALTER TABLE "report_case" ADD CONSTRAINT "report_case_decided"
    CHECK (("status" = 'decided') = ("outcome" IS NOT NULL) AND ("outcome" IS NULL) = ("decided_at" IS NULL));
ALTER TABLE "report_case" ADD CONSTRAINT "report_case_claimed" CHECK ("status" <> 'claimed' OR "assignee_oid" IS NOT NULL);
-- History is only added to.
REVOKE UPDATE, DELETE, TRUNCATE ON "case_event", "case_report" FROM admin;
