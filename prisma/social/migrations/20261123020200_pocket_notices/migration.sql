-- What the members of a pocket hear of approvals, and of a lock that is to end.
-- AlterEnum
ALTER TYPE "notification_kind" ADD VALUE 'approval_requested';
ALTER TYPE "notification_kind" ADD VALUE 'approval_decided';
ALTER TYPE "notification_kind" ADD VALUE 'unlock_requested';
