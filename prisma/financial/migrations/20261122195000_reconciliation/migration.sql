-- AlterTable
ALTER TABLE "transfer" ADD COLUMN     "return_value_date" DATE,
ADD COLUMN     "value_date" DATE;

-- CreateTable
CREATE TABLE "reconciliation" (
    "id" UUID NOT NULL,
    "from_date" DATE NOT NULL,
    "to_date" DATE NOT NULL,
    "started_by" TEXT NOT NULL,
    "staff_id" TEXT,
    "status" TEXT NOT NULL DEFAULT 'running',
    "checked" INTEGER NOT NULL DEFAULT 0,
    "matched" INTEGER NOT NULL DEFAULT 0,
    "in_flight" INTEGER NOT NULL DEFAULT 0,
    "breaks" INTEGER NOT NULL DEFAULT 0,
    "reason" TEXT,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "reconciliation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "recon_break" (
    "id" UUID NOT NULL,
    "reconciliation_id" UUID NOT NULL,
    "transfer_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "suggested_cause" TEXT NOT NULL,
    "amount_minor" BIGINT NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "value_date" DATE NOT NULL,
    "ledger" JSONB,
    "flagship" JSONB,
    "provider" JSONB,
    "status" TEXT NOT NULL DEFAULT 'open',
    "first_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),
    "decision_id" UUID,
    "staff_id" TEXT,
    "note" TEXT,

    CONSTRAINT "recon_break_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "reconciliation_started_at_id_idx" ON "reconciliation"("started_at" DESC, "id" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "recon_break_decision_id_key" ON "recon_break"("decision_id");

-- CreateIndex
CREATE INDEX "recon_break_first_seen_at_id_idx" ON "recon_break"("first_seen_at", "id");

-- CreateIndex
CREATE INDEX "recon_break_status_first_seen_at_id_idx" ON "recon_break"("status", "first_seen_at", "id");

-- CreateIndex
CREATE INDEX "recon_break_reconciliation_id_idx" ON "recon_break"("reconciliation_id");

-- CreateIndex
CREATE INDEX "transfer_created_at_id_idx" ON "transfer"("created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "transfer_status_created_at_id_idx" ON "transfer"("status", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "transfer_value_date_idx" ON "transfer"("value_date");

-- CreateIndex
CREATE INDEX "transfer_return_value_date_idx" ON "transfer"("return_value_date");

-- AddForeignKey
ALTER TABLE "recon_break" ADD CONSTRAINT "recon_break_reconciliation_id_fkey" FOREIGN KEY ("reconciliation_id") REFERENCES "reconciliation"("id") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- What follows cannot be said in schema.prisma.
ALTER TABLE reconciliation
  ADD CONSTRAINT reconciliation_days CHECK (from_date <= to_date),
  ADD CONSTRAINT reconciliation_started_by CHECK (started_by IN ('night', 'staff')),
  ADD CONSTRAINT reconciliation_status CHECK (status IN ('running', 'clean', 'breaks', 'failed'));
-- Every night once, however many workers there are.
CREATE UNIQUE INDEX reconciliation_of_night ON reconciliation (from_date, to_date) WHERE started_by = 'night';
ALTER TABLE recon_break
  ADD CONSTRAINT recon_break_status CHECK (status IN ('open', 'cleared', 'resolved')),
  ADD CONSTRAINT recon_break_resolution CHECK ((status = 'resolved') = (decision_id IS NOT NULL));
CREATE UNIQUE INDEX recon_break_open ON recon_break (transfer_id, kind) WHERE status = 'open';
CREATE INDEX ledger_account_clearing_idx ON ledger_account (currency) WHERE kind = 'clearing';

CREATE OR REPLACE VIEW transfer_facts AS
SELECT id, owner_id AS "ownerId", direction, status, bank_account_id AS "accountId", amount_minor AS "amountMinor", currency, reason,
  created_at AS "createdAt", updated_at AS "updatedAt", value_date AS "valueDate"
FROM transfer;

-- {transferId, status, sequence, reason, valueDate, returnValueDate, at}: what flagship told; without a sequence, that it refused the
-- request. Moves forward and books what follows, or changes nothing.
CREATE OR REPLACE FUNCTION advance_transfer(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
DECLARE
  told text := request ->> 'status';
  counted bigint := (request ->> 'sequence')::bigint;
  at timestamptz := (request ->> 'at')::timestamptz;
  current transfer%ROWTYPE;
BEGIN
  SELECT * INTO current FROM transfer WHERE id = (request ->> 'transferId')::uuid FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN refuse('not_found'); END IF;
  IF counted > current.sequence OR counted IS NULL THEN
    IF can_advance(current.status, told) THEN
      PERFORM settle_or_free(current, told, at);
      UPDATE transfer SET status = told, reason = request ->> 'reason', updated_at = at WHERE id = current.id;
    ELSIF told <> current.status THEN
      IF counted IS NOT NULL THEN RETURN refuse('illegal_transition', format('%s does not follow %s', told, current.status)); END IF;
      RETURN done(200, (SELECT to_jsonb(facts) FROM transfer_facts facts WHERE id = current.id));
    END IF;
    UPDATE transfer SET sequence = greatest(sequence, counted), value_date = coalesce(value_date, (request ->> 'valueDate')::date),
      return_value_date = coalesce(return_value_date, (request ->> 'returnValueDate')::date)
    WHERE id = current.id;
  END IF;
  RETURN done(200, (SELECT to_jsonb(facts) FROM transfer_facts facts WHERE id = current.id));
END $$;

-- The person also hears that a transfer has stalled; not that it was called off, when they did that.
DROP TRIGGER outcome_is_told ON transfer;
CREATE TRIGGER outcome_is_told AFTER UPDATE OF status ON transfer FOR EACH ROW
  WHEN (OLD.status <> NEW.status AND NEW.status IN ('stalled', 'settled', 'failed', 'cancelled', 'returned')
    AND (NEW.status <> 'cancelled' OR NEW.reason IS DISTINCT FROM 'cancelled_by_person'))
  EXECUTE FUNCTION tell_outcome();

-- What the ledger says of transfers: `moved` is what they have brought to the banks or taken from them on balance, so 0 for one
-- that was returned.
CREATE VIEW transfer_in_ledger AS
SELECT t.id, t.status, t.amount_minor, t.currency, t.direction, t.value_date, t.return_value_date, t.updated_at,
  coalesce((SELECT -sum(e.amount_minor) FROM ledger_transaction booked JOIN ledger_entry e ON e.transaction_id = booked.id
    JOIN ledger_account a ON a.id = e.account_id AND a.kind = 'clearing' WHERE booked.transfer_id = t.id), 0)::bigint AS moved_minor
FROM transfer t;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON transfer_in_ledger FROM financial;
