-- CreateTable
CREATE TABLE "proposal" (
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "payload_hash" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "target_type" TEXT NOT NULL,
    "target_id" TEXT NOT NULL,
    "author_oid" UUID NOT NULL,
    "author_name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'pending',
    "decided_by_oid" UUID,
    "decided_by_name" TEXT,
    "decided_at" TIMESTAMPTZ(3),
    "broke_glass" BOOLEAN NOT NULL DEFAULT false,
    "note" TEXT,
    "decision_id" UUID,
    "failure_code" TEXT,

    CONSTRAINT "proposal_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "break_glass" (
    "id" UUID NOT NULL,
    "proposal_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    "reviewed_by_oid" UUID,
    "reviewed_by_name" TEXT,
    "reviewed_at" TIMESTAMPTZ(3),
    "verdict" TEXT,
    "review_note" TEXT,

    CONSTRAINT "break_glass_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "proposal_decision_id_key" ON "proposal"("decision_id");

-- CreateIndex
CREATE INDEX "proposal_status_created_at_id_idx" ON "proposal"("status", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "proposal_created_at_id_idx" ON "proposal"("created_at" DESC, "id" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "break_glass_proposal_id_key" ON "break_glass"("proposal_id");

-- CreateIndex
CREATE INDEX "break_glass_created_at_id_idx" ON "break_glass"("created_at" DESC, "id" DESC);

-- AddForeignKey
ALTER TABLE "break_glass" ADD CONSTRAINT "break_glass_proposal_id_fkey" FOREIGN KEY ("proposal_id") REFERENCES "proposal"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What follows cannot be said in schema.prisma.

-- Nobody carries out what they proposed themselves, unless they broke the glass; and everything that was decided says by whom.
ALTER TABLE "proposal"
  ADD CONSTRAINT "proposal_status" CHECK ("status" IN ('pending', 'executing', 'executed', 'failed', 'rejected', 'withdrawn')),
  ADD CONSTRAINT "proposal_decided" CHECK (("status" = 'pending') = ("decided_by_oid" IS NULL) AND ("decided_by_oid" IS NULL) = ("decided_at" IS NULL)),
  ADD CONSTRAINT "proposal_four_eyes" CHECK (
    "decided_by_oid" IS NULL OR ("decided_by_oid" = "author_oid") = ("status" = 'withdrawn' OR "broke_glass")),
  ADD CONSTRAINT "proposal_failed" CHECK (("status" = 'failed') = ("failure_code" IS NOT NULL));
ALTER TABLE "break_glass"
  ADD CONSTRAINT "break_glass_time" CHECK ("expires_at" > "created_at" AND "expires_at" <= "created_at" + interval '60 minutes'),
  ADD CONSTRAINT "break_glass_verdict" CHECK ("verdict" IN ('justified', 'unjustified')),
  ADD CONSTRAINT "break_glass_reviewed" CHECK (("verdict" IS NULL) = ("reviewed_by_oid" IS NULL) AND ("verdict" IS NULL) = ("reviewed_at" IS NULL));

-- What was proposed cannot be changed afterwards, and nothing of it can be removed: only what became of it is written.
REVOKE UPDATE, DELETE, TRUNCATE ON "proposal", "break_glass" FROM admin;
GRANT UPDATE ("status", "decided_by_oid", "decided_by_name", "decided_at", "broke_glass", "note", "decision_id", "failure_code") ON "proposal" TO admin;
GRANT UPDATE ("used_at", "reviewed_by_oid", "reviewed_by_name", "reviewed_at", "verdict", "review_note") ON "break_glass" TO admin;
