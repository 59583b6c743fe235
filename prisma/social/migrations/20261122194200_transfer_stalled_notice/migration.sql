-- A transfer that the bank has not finished for long.
-- AlterEnum
ALTER TYPE "notification_kind" ADD VALUE 'transfer_stalled';
