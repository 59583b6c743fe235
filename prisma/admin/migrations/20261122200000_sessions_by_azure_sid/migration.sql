-- Sessions are found by Azure AD's own id of theirs when somebody signs out there. Those begun before have none, and end by
-- their limits.
ALTER TABLE "staff_session" ADD COLUMN "azure_sid" TEXT;

-- CreateIndex
CREATE INDEX "staff_session_azure_sid_idx" ON "staff_session"("azure_sid");
