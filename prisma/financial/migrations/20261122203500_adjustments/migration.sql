-- CreateTable
CREATE TABLE "ledger_adjustment" (
    "id" UUID NOT NULL,
    "transaction_id" UUID NOT NULL,
    "request_hash" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "staff_id" TEXT NOT NULL,
    "decided_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "ledger_adjustment_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "ledger_adjustment_transaction_id_key" ON "ledger_adjustment"("transaction_id");

-- AddForeignKey
ALTER TABLE "ledger_adjustment" ADD CONSTRAINT "ledger_adjustment_transaction_id_fkey" FOREIGN KEY ("transaction_id") REFERENCES "ledger_transaction"("id") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- What follows cannot be said in schema.prisma.
--
-- Two members of staff correct the books: one sum between an account of a person and the adjustment account of the house, or the
-- person's own suspense account. Two entries of opposite sign, so it always sums to zero. Floors, limits and what withdrawals have
-- reserved hold as ever. Locks, approvals and freezes are not asked: they bind the person, and what is frozen may need correcting.

ALTER TABLE ledger_account
  DROP CONSTRAINT ledger_account_kind,
  ADD CONSTRAINT ledger_account_kind CHECK (kind IN ('wallet', 'pocket', 'clearing', 'suspense', 'adjustment'));
ALTER TABLE ledger_transaction
  DROP CONSTRAINT ledger_transaction_kind,
  ADD CONSTRAINT ledger_transaction_kind CHECK (kind IN (
    'opening', 'contribution', 'pocket_withdrawal', 'pocket_transfer', 'sweep', 'payout', 'reversal',
    'deposit', 'withdrawal', 'return', 'opening_balance', 'adjustment', 'refund')),
  DROP CONSTRAINT ledger_transaction_source,
  ADD CONSTRAINT ledger_transaction_source CHECK (source IN ('person', 'provider', 'seed', 'rule', 'cover', 'staff'));

-- The account that is corrected; null when the person has no such thing. Whoever never had money here gets no first account by a
-- slip in an id.
CREATE FUNCTION adjusted_account(person uuid, account_kind text, pocket_id uuid, money text) RETURNS uuid LANGUAGE plpgsql AS $$
BEGIN
  IF account_kind = 'pocket' THEN RETURN CASE WHEN member_role(pocket_id, person) IS NOT NULL THEN pocket_id END; END IF;
  IF NOT EXISTS (SELECT FROM ledger_account WHERE owner_id = person) THEN RETURN NULL; END IF;
  RETURN ensure_account(person, account_kind, money);
END $$;

-- Why the locked account cannot be moved by that much; null when it can.
CREATE FUNCTION refuse_adjusting(account_id uuid, change bigint, money text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  account ledger_account%ROWTYPE;
BEGIN
  SELECT * INTO STRICT account FROM ledger_account WHERE id = account_id;
  IF account.currency <> money THEN RETURN refuse('fx_not_supported'); END IF;
  IF account.status = 'closed' THEN RETURN refuse('pocket_closed'); END IF;
  IF account.kind NOT IN ('wallet', 'pocket') THEN RETURN NULL; END IF;
  IF account.posted_minor - account.reserved_minor + change < 0 THEN RETURN refuse('insufficient_funds'); END IF;
  IF account.posted_minor + account.incoming_minor + change > balance_limit() THEN RETURN refuse('balance_limit_exceeded'); END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION adjustment_facts(adjustment_id uuid) RETURNS jsonb LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT jsonb_build_object('decisionId', a.id, 'transactionId', t.id, 'kind', t.kind, 'bookedAt', t.booked_at)
  FROM ledger_adjustment a JOIN ledger_transaction t ON t.id = a.transaction_id WHERE a.id = adjustment_id;
END;

-- {decisionId, hash, kind: adjustment | refund, personId, account: wallet | pocket | suspense, pocketId, against: adjustment | suspense,
-- changeMinor, currency, reason, staffId, at}: what staff decided, once. `changeMinor` is as the account sees it.
CREATE FUNCTION book_adjustment(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
DECLARE
  decision uuid := (request ->> 'decisionId')::uuid;
  person uuid := (request ->> 'personId')::uuid;
  change bigint := (request ->> 'changeMinor')::bigint;
  money text := request ->> 'currency';
  at timestamptz := (request ->> 'at')::timestamptz;
  account uuid;
  contra uuid;
  booked uuid;
  reply jsonb;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('adjustment ' || decision, 0));
  IF EXISTS (SELECT FROM ledger_adjustment WHERE id = decision) THEN
    IF EXISTS (SELECT FROM ledger_adjustment WHERE id = decision AND request_hash <> request ->> 'hash') THEN RETURN refuse('decision_reused'); END IF;
    RETURN done(200, adjustment_facts(decision));
  END IF;
  IF change IS NULL OR change = 0 OR request ->> 'account' = request ->> 'against' THEN RAISE EXCEPTION 'an adjustment moves something between two accounts'; END IF;
  IF person = house() OR NOT hold_person(person) THEN RETURN refuse('not_found'); END IF;
  account := adjusted_account(person, request ->> 'account', (request ->> 'pocketId')::uuid, money);
  IF account IS NULL THEN RETURN refuse('not_found'); END IF;
  contra := ensure_account(CASE request ->> 'against' WHEN 'adjustment' THEN house() ELSE person END, request ->> 'against', money);

  PERFORM lock_accounts(ARRAY[account, contra]);
  -- Who left the pocket while it was waited for has nothing in it that could be corrected.
  IF request ->> 'account' = 'pocket' AND member_role(account, person) IS NULL THEN RETURN refuse('not_found'); END IF;
  reply := refuse_adjusting(account, change, money);
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  booked := book(request ->> 'kind', person, 'staff', NULL, at, ARRAY[account, contra], ARRAY[change, -change]);
  INSERT INTO ledger_adjustment (id, transaction_id, request_hash, reason, staff_id, decided_at)
  VALUES (decision, booked, request ->> 'hash', request ->> 'reason', request ->> 'staffId', at);
  RETURN done(200, adjustment_facts(decision));
END $$;

REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON ledger_adjustment FROM financial;
REVOKE EXECUTE ON FUNCTION adjusted_account, refuse_adjusting FROM PUBLIC, financial;
