-- AlterTable
ALTER TABLE "authorisation" ADD COLUMN     "purpose" TEXT NOT NULL DEFAULT 'link',
ADD COLUMN     "refused_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "connection" ADD COLUMN     "consent_checked_at" TIMESTAMPTZ(3),
ADD COLUMN     "erased_at" TIMESTAMPTZ(3),
ADD COLUMN     "expiry_told_for" TIMESTAMPTZ(3),
ADD COLUMN     "rate_limited_until" TIMESTAMPTZ(3),
ADD COLUMN     "renewal_lease_until" TIMESTAMPTZ(3),
ADD COLUMN     "revoke_since" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "connection_event" (
    "connection_id" UUID NOT NULL,
    "seq" BIGSERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "event" TEXT NOT NULL,
    "status" TEXT NOT NULL,

    CONSTRAINT "connection_event_pkey" PRIMARY KEY ("connection_id","seq")
);

-- CreateTable
CREATE TABLE "institution" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "country" TEXT NOT NULL,

    CONSTRAINT "institution_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "institution_name_id_idx" ON "institution"("name", "id");

-- AddForeignKey
ALTER TABLE "connection_event" ADD CONSTRAINT "connection_event_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "connection"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- CreateIndex
CREATE INDEX "connection_status_consent_expires_at_idx" ON "connection"("status", "consent_expires_at");

-- CreateIndex
CREATE INDEX "connection_status_consent_checked_at_idx" ON "connection"("status", "consent_checked_at");

-- CreateIndex
CREATE INDEX "connection_revoke_since_idx" ON "connection"("revoke_since");

-- What Prisma's schema cannot say.
ALTER TABLE "authorisation" ADD CONSTRAINT "authorisation_purpose_known" CHECK ("purpose" IN ('link', 'renew'));
ALTER TABLE "connection_event"
  ADD CONSTRAINT "connection_event_event_known" CHECK ("event" IN ('started', 'linked', 'declined', 'abandoned', 'attempt_refused', 'expiring',
    'renewal_started', 'renewed', 'renewal_declined', 'reauth_required', 'recovered', 'revoked_at_provider', 'revoked_by_user', 'ended_at_bank',
    'expired', 'erased'));

-- A link goes only where helpers/connection-states.ts says; late news cannot bring back what has ended.
CREATE FUNCTION "connection_moves_lawfully"() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  IF NOT (CASE OLD."status"
    WHEN 'awaiting_authorisation' THEN NEW."status" IN ('active', 'rejected', 'revoked_by_user', 'revoked_at_provider')
    WHEN 'active' THEN NEW."status" IN ('reauth_required', 'revoked_by_user', 'revoked_at_provider', 'expired')
    WHEN 'reauth_required' THEN NEW."status" IN ('active', 'revoked_by_user', 'revoked_at_provider', 'expired')
    WHEN 'expired' THEN NEW."status" IN ('active', 'revoked_by_user')
    WHEN 'revoked_at_provider' THEN NEW."status" = 'revoked_by_user'
    ELSE FALSE
  END) THEN
    RAISE EXCEPTION 'connection % cannot go from % to %', OLD."id", OLD."status", NEW."status" USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER "connection_moves_lawfully" BEFORE UPDATE OF "status" ON "connection"
  FOR EACH ROW WHEN (OLD."status" IS DISTINCT FROM NEW."status") EXECUTE FUNCTION "connection_moves_lawfully"();
