-- AlterTable
ALTER TABLE "connection" ADD COLUMN     "revoke_tried_at" TIMESTAMPTZ(3);
