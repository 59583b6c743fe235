-- CreateEnum
CREATE TYPE "export_status" AS ENUM ('processing', 'ready', 'failed', 'expired');

-- CreateTable
CREATE TABLE "staff_export" (
    "id" UUID NOT NULL,
    "owner_oid" UUID NOT NULL,
    "actor" JSONB NOT NULL,
    "kind" TEXT NOT NULL,
    "filter" JSONB NOT NULL,
    "status" "export_status" NOT NULL DEFAULT 'processing',
    "file" UUID,
    "rows" INTEGER NOT NULL DEFAULT 0,
    "byte_length" BIGINT,
    "sha256" TEXT,
    "failure" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3),

    CONSTRAINT "staff_export_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "staff_export_status_created_at_idx" ON "staff_export"("status", "created_at");
