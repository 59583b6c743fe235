-- AlterTable
ALTER TABLE "connection" ADD COLUMN     "consent_tried_at" TIMESTAMPTZ(3);

-- CreateIndex
CREATE INDEX "authorisation_expires_at_idx" ON "authorisation"("expires_at");

-- CreateIndex
CREATE INDEX "call_count_day_idx" ON "call_count"("day");

-- CreateIndex
CREATE INDEX "provider_event_processed_at_idx" ON "provider_event"("processed_at");

-- CreateIndex
CREATE INDEX "idempotency_created_at_idx" ON "idempotency"("created_at");
