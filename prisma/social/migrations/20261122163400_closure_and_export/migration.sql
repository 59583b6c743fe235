-- CreateEnum
CREATE TYPE "export_status" AS ENUM ('processing', 'ready', 'failed', 'expired');

-- AlterTable
ALTER TABLE "account_closure" ADD COLUMN     "pseudonym" UUID,
ADD COLUMN     "started_at" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "retired_handle" (
    "hash" BYTEA NOT NULL,
    "retired_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "retired_handle_pkey" PRIMARY KEY ("hash")
);

-- CreateTable
CREATE TABLE "account_export" (
    "id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "status" "export_status" NOT NULL DEFAULT 'processing',
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "byte_length" BIGINT,
    "sha256" TEXT,
    "counts" JSONB,

    CONSTRAINT "account_export_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "account_export_account_id_created_at_idx" ON "account_export"("account_id", "created_at");

-- CreateIndex
CREATE INDEX "account_export_status_created_at_idx" ON "account_export"("status", "created_at");

-- AddForeignKey
ALTER TABLE "account_export" ADD CONSTRAINT "account_export_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE CASCADE ON UPDATE CASCADE;
