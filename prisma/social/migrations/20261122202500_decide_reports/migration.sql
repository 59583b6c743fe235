-- AlterEnum
ALTER TYPE "suspension_action" ADD VALUE 'dismiss_reports';
