-- CreateTable
CREATE TABLE "ledger_account" (
    "id" UUID NOT NULL,
    "owner_id" UUID NOT NULL,
    "holder_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'open',
    "posted_minor" BIGINT NOT NULL DEFAULT 0,
    "reserved_minor" BIGINT NOT NULL DEFAULT 0,
    "incoming_minor" BIGINT NOT NULL DEFAULT 0,
    "entry_count" BIGINT NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ledger_account_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ledger_transaction" (
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "owner_id" UUID NOT NULL,
    "source" TEXT NOT NULL,
    "note" TEXT,
    "reverses_id" UUID,
    "transfer_id" UUID,
    "booked_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ledger_transaction_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ledger_entry" (
    "transaction_id" UUID NOT NULL,
    "line" SMALLINT NOT NULL,
    "account_id" UUID NOT NULL,
    "owner_id" UUID NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "amount_minor" BIGINT NOT NULL,
    "balance_after_minor" BIGINT NOT NULL,
    "seq" BIGINT NOT NULL,

    CONSTRAINT "ledger_entry_pkey" PRIMARY KEY ("transaction_id","line")
);

-- CreateTable
CREATE TABLE "pocket" (
    "id" UUID NOT NULL,
    "owner_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "emoji" TEXT,
    "currency" CHAR(3) NOT NULL,
    "target_minor" BIGINT,
    "target_date" DATE,
    "monthly_minor" BIGINT,
    "visibility" TEXT NOT NULL DEFAULT 'private',
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "closed_at" TIMESTAMPTZ(3),

    CONSTRAINT "pocket_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "pocket_month" (
    "pocket_id" UUID NOT NULL,
    "month" DATE NOT NULL,
    "owner_id" UUID NOT NULL,
    "net_minor" BIGINT NOT NULL,

    CONSTRAINT "pocket_month_pkey" PRIMARY KEY ("pocket_id","month")
);

-- CreateTable
CREATE TABLE "transfer" (
    "id" UUID NOT NULL,
    "owner_id" UUID NOT NULL,
    "direction" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "sequence" BIGINT NOT NULL DEFAULT -1,
    "bank_account_id" UUID NOT NULL,
    "amount_minor" BIGINT NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "reason" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "transfer_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "bank_connection" (
    "owner_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "version" BIGINT NOT NULL,

    CONSTRAINT "bank_connection_pkey" PRIMARY KEY ("owner_id","id")
);

-- CreateTable
CREATE TABLE "bank_account" (
    "owner_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "connection_id" UUID NOT NULL,
    "institution_name" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "mask" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "balance_minor" BIGINT,
    "available_minor" BIGINT,
    "as_of" TIMESTAMPTZ(3) NOT NULL,
    "status" TEXT NOT NULL,

    CONSTRAINT "bank_account_pkey" PRIMARY KEY ("owner_id","id")
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
CREATE INDEX "ledger_account_owner_id_kind_currency_idx" ON "ledger_account"("owner_id", "kind", "currency");

-- CreateIndex
CREATE UNIQUE INDEX "ledger_account_holder_id_kind_currency_key" ON "ledger_account"("holder_id", "kind", "currency");

-- CreateIndex
CREATE UNIQUE INDEX "ledger_account_id_currency_key" ON "ledger_account"("id", "currency");

-- CreateIndex
CREATE UNIQUE INDEX "ledger_transaction_reverses_id_key" ON "ledger_transaction"("reverses_id");

-- CreateIndex
CREATE INDEX "ledger_transaction_owner_id_booked_at_idx" ON "ledger_transaction"("owner_id", "booked_at");

-- CreateIndex
CREATE INDEX "ledger_transaction_transfer_id_idx" ON "ledger_transaction"("transfer_id");

-- CreateIndex
CREATE UNIQUE INDEX "ledger_entry_account_id_seq_key" ON "ledger_entry"("account_id", "seq");

-- CreateIndex
CREATE INDEX "pocket_owner_id_created_at_id_idx" ON "pocket"("owner_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "transfer_owner_id_created_at_id_idx" ON "transfer"("owner_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "transfer_status_updated_at_idx" ON "transfer"("status", "updated_at");

-- CreateIndex
CREATE INDEX "bank_account_owner_id_connection_id_idx" ON "bank_account"("owner_id", "connection_id");

-- CreateIndex
CREATE INDEX "idempotency_created_at_idx" ON "idempotency"("created_at");

-- AddForeignKey
ALTER TABLE "ledger_transaction" ADD CONSTRAINT "ledger_transaction_reverses_id_fkey" FOREIGN KEY ("reverses_id") REFERENCES "ledger_transaction"("id") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "ledger_transaction" ADD CONSTRAINT "ledger_transaction_transfer_id_fkey" FOREIGN KEY ("transfer_id") REFERENCES "transfer"("id") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "ledger_entry" ADD CONSTRAINT "ledger_entry_transaction_id_fkey" FOREIGN KEY ("transaction_id") REFERENCES "ledger_transaction"("id") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "ledger_entry" ADD CONSTRAINT "ledger_entry_account_id_currency_fkey" FOREIGN KEY ("account_id", "currency") REFERENCES "ledger_account"("id", "currency") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "pocket" ADD CONSTRAINT "pocket_id_fkey" FOREIGN KEY ("id") REFERENCES "ledger_account"("id") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "pocket_month" ADD CONSTRAINT "pocket_month_pocket_id_fkey" FOREIGN KEY ("pocket_id") REFERENCES "pocket"("id") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "bank_account" ADD CONSTRAINT "bank_account_owner_id_connection_id_fkey" FOREIGN KEY ("owner_id", "connection_id") REFERENCES "bank_connection"("owner_id", "id") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- What follows cannot be said in schema.prisma.

-- No wallet or pocket holds more than this, so that every sum fits the contract's Money.
CREATE FUNCTION balance_limit() RETURNS bigint LANGUAGE sql IMMUTABLE RETURN 1000000000000;

-- Floors and limits: what a withdrawal will take must be there, what a deposit will bring must fit.
ALTER TABLE ledger_account
  ADD CONSTRAINT ledger_account_kind CHECK (kind IN ('wallet', 'pocket', 'clearing', 'suspense')),
  ADD CONSTRAINT ledger_account_status CHECK (status IN ('open', 'closed')),
  ADD CONSTRAINT ledger_account_floor CHECK (kind NOT IN ('wallet', 'pocket') OR posted_minor >= 0),
  ADD CONSTRAINT ledger_account_reserve CHECK (reserved_minor = 0 OR (kind = 'wallet' AND reserved_minor BETWEEN 0 AND posted_minor)),
  ADD CONSTRAINT ledger_account_incoming CHECK (incoming_minor = 0 OR (kind = 'wallet' AND incoming_minor > 0)),
  ADD CONSTRAINT ledger_account_limit CHECK (kind NOT IN ('wallet', 'pocket') OR posted_minor + incoming_minor <= balance_limit()),
  ADD CONSTRAINT ledger_account_closed_empty CHECK (status = 'open' OR posted_minor = 0);
ALTER TABLE ledger_transaction
  ADD CONSTRAINT ledger_transaction_kind CHECK (kind IN (
    'opening', 'contribution', 'pocket_withdrawal', 'pocket_transfer', 'sweep', 'reversal',
    'deposit', 'withdrawal', 'return', 'opening_balance')),
  ADD CONSTRAINT ledger_transaction_source CHECK (source IN ('person', 'provider', 'seed'));
ALTER TABLE ledger_entry
  ADD CONSTRAINT ledger_entry_amount CHECK (amount_minor <> 0),
  ADD CONSTRAINT ledger_entry_seq CHECK (seq > 0);
ALTER TABLE pocket
  ADD CONSTRAINT pocket_target CHECK (target_minor BETWEEN 1 AND balance_limit()),
  ADD CONSTRAINT pocket_monthly CHECK (monthly_minor BETWEEN 1 AND balance_limit()),
  ADD CONSTRAINT pocket_visibility CHECK (visibility IN ('private'));
ALTER TABLE transfer
  ADD CONSTRAINT transfer_direction CHECK (direction IN ('deposit', 'withdrawal')),
  ADD CONSTRAINT transfer_amount CHECK (amount_minor BETWEEN 1 AND balance_limit()),
  ADD CONSTRAINT transfer_status CHECK (status IN (
    'created', 'unknown', 'submitted', 'processing', 'stalled', 'settled', 'failed', 'cancelled', 'returned'));

-- Entries and transactions are added, never changed: by anybody, the owner of the tables included.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger_entry FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON ledger_entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger_transaction FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON ledger_transaction FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE ON ledger_account FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER identity_fixed BEFORE UPDATE OF id, owner_id, holder_id, kind, currency ON ledger_account
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- At commit every transaction that was touched has entries, and they sum to zero in each currency.
CREATE FUNCTION assert_zero_sum(checked uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  lines integer;
  unbalanced integer;
BEGIN
  SELECT sum(entries), count(*) FILTER (WHERE total <> 0) INTO lines, unbalanced
  FROM (SELECT count(*) AS entries, sum(amount_minor) AS total FROM ledger_entry WHERE transaction_id = checked GROUP BY currency) money;
  IF coalesce(lines, 0) < 2 OR unbalanced > 0 THEN
    RAISE EXCEPTION 'transaction % does not sum to zero', checked USING ERRCODE = 'integrity_constraint_violation';
  END IF;
END $$;

CREATE FUNCTION check_transaction() RETURNS trigger LANGUAGE plpgsql SET search_path = financial, pg_temp AS $$
BEGIN
  PERFORM assert_zero_sum(NEW.id);
  RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER zero_sum AFTER INSERT ON ledger_transaction DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION check_transaction();

-- The same for entries that come later than their transaction; and no entry stands that its account does not count.
CREATE FUNCTION check_entry() RETURNS trigger LANGUAGE plpgsql SET search_path = financial, pg_temp AS $$
BEGIN
  PERFORM assert_zero_sum(NEW.transaction_id);
  IF NOT EXISTS (SELECT FROM ledger_account WHERE id = NEW.account_id AND entry_count >= NEW.seq) THEN
    RAISE EXCEPTION 'account % does not count entry %', NEW.account_id, NEW.seq USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER zero_sum AFTER INSERT ON ledger_entry DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION check_entry();

-- A kept balance moves by exactly one entry at a time, which names the balance after it: so it equals the sum of the
-- entries, by induction over `seq`.
CREATE FUNCTION check_balance() RETURNS trigger LANGUAGE plpgsql SET search_path = financial, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.posted_minor = 0 AND NEW.entry_count = 0 THEN RETURN NULL; END IF;
  ELSIF NEW.entry_count = OLD.entry_count + 1 AND EXISTS (
    SELECT FROM ledger_entry
    WHERE account_id = NEW.id AND seq = NEW.entry_count
      AND balance_after_minor = NEW.posted_minor AND amount_minor = NEW.posted_minor - OLD.posted_minor
  ) THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION 'the balance of account % does not follow its entries', NEW.id USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE CONSTRAINT TRIGGER balance_follows_entries_insert AFTER INSERT ON ledger_account DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION check_balance();
CREATE CONSTRAINT TRIGGER balance_follows_entries_update AFTER UPDATE OF posted_minor, entry_count ON ledger_account DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION check_balance();

-- What reads answer, one row as one JSON object; the functions below keep the same objects as replies.
CREATE VIEW pocket_facts AS
SELECT p.id, p.owner_id AS "ownerId", p.name, p.emoji, p.currency, a.posted_minor AS "balanceMinor", a.entry_count AS "entryCount",
  p.target_minor AS "targetMinor", p.target_date AS "targetDate", p.monthly_minor AS "monthlyMinor", p.visibility, p.version,
  p.created_at AS "createdAt", p.closed_at AS "closedAt",
  (SELECT coalesce(jsonb_agg(jsonb_build_object('month', to_char(m.month, 'YYYY-MM'), 'netMinor', m.net_minor)), '[]')
   FROM (SELECT month, net_minor FROM pocket_month WHERE pocket_id = p.id ORDER BY month DESC LIMIT 5) m) AS months
FROM pocket p JOIN ledger_account a ON a.id = p.id;

CREATE VIEW movement_facts AS
SELECT e.transaction_id AS id, e.account_id AS "pocketId", e.owner_id AS "ownerId", e.seq, t.kind, t.source, t.note, e.currency,
  e.amount_minor AS "amountMinor", e.balance_after_minor AS "balanceAfterMinor", t.booked_at AS "createdAt", t.reverses_id AS "reversesId",
  (SELECT r.id FROM ledger_transaction r WHERE r.reverses_id = t.id) AS "reversedById",
  (SELECT o.account_id FROM ledger_entry o JOIN pocket other ON other.id = o.account_id
   WHERE o.transaction_id = t.id AND o.account_id <> e.account_id) AS "otherPocketId"
FROM ledger_entry e JOIN pocket p ON p.id = e.account_id JOIN ledger_transaction t ON t.id = e.transaction_id;

CREATE VIEW transfer_facts AS
SELECT id, owner_id AS "ownerId", direction, status, bank_account_id AS "accountId", amount_minor AS "amountMinor", currency, reason,
  created_at AS "createdAt", updated_at AS "updatedAt"
FROM transfer;

-- The process role reads; it writes by the functions alone, but for a pocket's name and goal and the bank accounts.
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON ledger_account, ledger_transaction, ledger_entry, pocket, pocket_month, transfer, idempotency,
  pocket_facts, movement_facts, transfer_facts FROM financial;
GRANT UPDATE (name, emoji, target_minor, target_date, monthly_minor, version, updated_at) ON pocket TO financial;

-- Balances change in place: room on the page keeps their updates out of the indexes (HOT).
ALTER TABLE ledger_account SET (fillfactor = 70);
ALTER TABLE pocket_month SET (fillfactor = 70);
