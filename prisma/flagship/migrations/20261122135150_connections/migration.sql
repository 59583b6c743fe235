-- CreateTable
CREATE TABLE "connection" (
    "id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'awaiting_authorisation',
    "institution_id" TEXT,
    "institution_name" TEXT,
    "provider_consent_id" TEXT NOT NULL,
    "consent_expires_at" TIMESTAMPTZ(3),
    "access_token" TEXT,
    "access_token_expires_at" TIMESTAMPTZ(3),
    "refresh_token" TEXT,
    "sync_cursor" TEXT,
    "sync_lease_until" TIMESTAMPTZ(3),
    "last_attempt_at" TIMESTAMPTZ(3),
    "last_success_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "connection_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "authorisation" (
    "state_hash" TEXT NOT NULL,
    "connection_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "verifier" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),

    CONSTRAINT "authorisation_pkey" PRIMARY KEY ("state_hash")
);

-- CreateTable
CREATE TABLE "account" (
    "id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "connection_id" UUID NOT NULL,
    "provider_account_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "mask" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "currency" TEXT NOT NULL,
    "status" TEXT NOT NULL,

    CONSTRAINT "account_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "balance" (
    "account_id" UUID NOT NULL,
    "type" TEXT NOT NULL,
    "user_id" UUID NOT NULL,
    "amount_minor" BIGINT NOT NULL,
    "as_of" TIMESTAMPTZ(3) NOT NULL,
    "source" TEXT NOT NULL,

    CONSTRAINT "balance_pkey" PRIMARY KEY ("account_id","type")
);

-- CreateTable
CREATE TABLE "bank_transaction" (
    "id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "provider_transaction_id" TEXT NOT NULL,
    "provider_pending_id" TEXT,
    "amount_minor" BIGINT NOT NULL,
    "description" TEXT NOT NULL,
    "booked_on" DATE NOT NULL,
    "pending" BOOLEAN NOT NULL,
    "removed_at" TIMESTAMPTZ(3),

    CONSTRAINT "bank_transaction_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "transfer" (
    "id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "direction" TEXT NOT NULL,
    "amount_minor" BIGINT NOT NULL,
    "currency" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'created',
    "reason" TEXT,
    "sequence" INTEGER NOT NULL DEFAULT 0,
    "told_sequence" INTEGER NOT NULL DEFAULT 0,
    "sent_not_after" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "transfer_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "provider_event" (
    "id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "source" TEXT NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL,
    "processed_at" TIMESTAMPTZ(3),

    CONSTRAINT "provider_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "feed_cursor" (
    "feed" TEXT NOT NULL,
    "cursor" TEXT NOT NULL,

    CONSTRAINT "feed_cursor_pkey" PRIMARY KEY ("feed")
);

-- CreateTable
CREATE TABLE "idempotency" (
    "owner_id" UUID NOT NULL,
    "operation" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "request_hash" TEXT NOT NULL,
    "status" INTEGER NOT NULL,
    "body" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotency_pkey" PRIMARY KEY ("owner_id","operation","key")
);

-- CreateIndex
CREATE UNIQUE INDEX "connection_provider_consent_id_key" ON "connection"("provider_consent_id");

-- CreateIndex
CREATE INDEX "connection_user_id_id_idx" ON "connection"("user_id", "id" DESC);

-- CreateIndex
CREATE INDEX "connection_status_last_attempt_at_idx" ON "connection"("status", "last_attempt_at");

-- CreateIndex
CREATE INDEX "authorisation_connection_id_idx" ON "authorisation"("connection_id");

-- CreateIndex
CREATE INDEX "account_user_id_id_idx" ON "account"("user_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "account_connection_id_provider_account_id_key" ON "account"("connection_id", "provider_account_id");

-- CreateIndex
CREATE INDEX "bank_transaction_account_id_booked_on_id_idx" ON "bank_transaction"("account_id", "booked_on" DESC, "id" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "bank_transaction_account_id_provider_transaction_id_key" ON "bank_transaction"("account_id", "provider_transaction_id");

-- CreateIndex
CREATE INDEX "transfer_user_id_id_idx" ON "transfer"("user_id", "id");

-- AddForeignKey
ALTER TABLE "authorisation" ADD CONSTRAINT "authorisation_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "connection"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "account" ADD CONSTRAINT "account_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "connection"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "balance" ADD CONSTRAINT "balance_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "bank_transaction" ADD CONSTRAINT "bank_transaction_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "transfer" ADD CONSTRAINT "transfer_account_id_fkey" FOREIGN KEY ("account_id") REFERENCES "account"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What Prisma's schema cannot say.
ALTER TABLE "connection"
  ADD CONSTRAINT "connection_status_known" CHECK ("status" IN ('awaiting_authorisation', 'active', 'reauth_required', 'revoked_at_provider', 'revoked_by_user', 'expired', 'rejected')),
  -- An ended connection holds no token.
  ADD CONSTRAINT "connection_tokens_end" CHECK ("status" IN ('active', 'reauth_required') OR ("access_token" IS NULL AND "refresh_token" IS NULL));
ALTER TABLE "account" ADD CONSTRAINT "account_status_known" CHECK ("status" IN ('open', 'closed'));
ALTER TABLE "balance" ADD CONSTRAINT "balance_type_known" CHECK ("type" IN ('booked', 'available'));
ALTER TABLE "transfer"
  ADD CONSTRAINT "transfer_status_known" CHECK ("status" IN ('created', 'unknown', 'submitted', 'processing', 'settled', 'failed', 'cancelled', 'returned')),
  ADD CONSTRAINT "transfer_direction_known" CHECK ("direction" IN ('deposit', 'withdrawal')),
  ADD CONSTRAINT "transfer_amount_positive" CHECK ("amount_minor" > 0),
  ADD CONSTRAINT "transfer_told_not_ahead" CHECK ("told_sequence" <= "sequence");

-- States of a transfer only move forward, whatever the order in which news arrives.
CREATE FUNCTION "transfer_rank"("status" TEXT) RETURNS INTEGER LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
  SELECT CASE "status" WHEN 'created' THEN 0 WHEN 'unknown' THEN 1 WHEN 'submitted' THEN 2 WHEN 'processing' THEN 3 WHEN 'returned' THEN 5 ELSE 4 END
$$;
CREATE FUNCTION "transfer_moves_forward"() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  IF "transfer_rank"(NEW."status") <= "transfer_rank"(OLD."status") THEN
    RAISE EXCEPTION 'transfer % cannot go from % to %', OLD."id", OLD."status", NEW."status" USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER "transfer_moves_forward" BEFORE UPDATE OF "status" ON "transfer"
  FOR EACH ROW WHEN (OLD."status" IS DISTINCT FROM NEW."status") EXECUTE FUNCTION "transfer_moves_forward"();
