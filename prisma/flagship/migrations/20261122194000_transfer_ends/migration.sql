-- AlterTable
ALTER TABLE "transfer" ADD COLUMN     "asked_at" TIMESTAMPTZ(3),
ADD COLUMN     "cancel_requested_at" TIMESTAMPTZ(3),
ADD COLUMN     "return_value_date" DATE,
ADD COLUMN     "value_date" DATE;

-- CreateTable
CREATE TABLE "provider_sight" (
    "process" TEXT NOT NULL,
    "breaker" TEXT NOT NULL,
    "calls" INTEGER NOT NULL,
    "failures" INTEGER NOT NULL,
    "total" BIGINT NOT NULL,
    "last_success_at" TIMESTAMPTZ(3),
    "last_failure_at" TIMESTAMPTZ(3),
    "seen_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "provider_sight_pkey" PRIMARY KEY ("process")
);

-- CreateIndex
CREATE INDEX "transfer_value_date_id_idx" ON "transfer"("value_date", "id");

-- CreateIndex
CREATE INDEX "transfer_return_value_date_id_idx" ON "transfer"("return_value_date", "id");

-- What Prisma's schema cannot say.
-- Of the transfers only the few that are not final are ever looked for by their age.
CREATE INDEX "transfer_open_idx" ON "transfer"("created_at") WHERE "status" IN ('created', 'unknown', 'submitted', 'processing', 'stalled');
CREATE INDEX "transfer_untold_idx" ON "transfer"("updated_at") WHERE "told_sequence" < "sequence";
CREATE INDEX "provider_event_open_idx" ON "provider_event"("received_at") WHERE "processed_at" IS NULL;

-- A transfer may stall: it was sent long ago and is not final. It goes on from there to what it comes to.
ALTER TABLE "transfer"
  DROP CONSTRAINT "transfer_status_known",
  ADD CONSTRAINT "transfer_status_known" CHECK ("status" IN ('created', 'unknown', 'submitted', 'processing', 'stalled', 'settled', 'failed', 'cancelled', 'returned'));
CREATE OR REPLACE FUNCTION "transfer_rank"("status" TEXT) RETURNS INTEGER LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
  SELECT CASE "status" WHEN 'created' THEN 0 WHEN 'unknown' THEN 1 WHEN 'submitted' THEN 2 WHEN 'processing' THEN 3 WHEN 'stalled' THEN 4
    WHEN 'returned' THEN 6 ELSE 5 END
$$;
