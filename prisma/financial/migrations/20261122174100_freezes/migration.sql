-- CreateTable
CREATE TABLE "freeze_decision" (
    "id" UUID NOT NULL,
    "subject_kind" TEXT NOT NULL,
    "subject_id" UUID NOT NULL,
    "action" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "staff_id" TEXT NOT NULL,
    "decided_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "freeze_decision_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "money_freeze" (
    "subject_id" UUID NOT NULL,
    "subject_kind" TEXT NOT NULL,
    "decision_id" UUID NOT NULL,

    CONSTRAINT "money_freeze_pkey" PRIMARY KEY ("subject_id")
);

-- CreateIndex
CREATE INDEX "freeze_decision_subject_id_idx" ON "freeze_decision"("subject_id");

-- AddForeignKey
ALTER TABLE "money_freeze" ADD CONSTRAINT "money_freeze_decision_id_fkey" FOREIGN KEY ("decision_id") REFERENCES "freeze_decision"("id") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- What follows cannot be said in schema.prisma.
--
-- Staff freeze the money of a person, or one pocket. A freeze waits for the movements that hold the accounts already, and every later
-- one sees it, because it looks when it holds the accounts itself. Transfers under way are advanced by advance_transfer, which does
-- not ask: they settle or return.

ALTER TABLE freeze_decision
  ADD CONSTRAINT freeze_decision_subject_kind CHECK (subject_kind IN ('person', 'pocket')),
  ADD CONSTRAINT freeze_decision_action CHECK (action IN ('freeze', 'lift'));

CREATE FUNCTION freeze_of(subject uuid) RETURNS jsonb LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT jsonb_build_object('frozen', f.subject_id IS NOT NULL, 'reason', d.reason, 'decisionId', d.id, 'since', d.decided_at)
  FROM (SELECT) AS one LEFT JOIN money_freeze f ON f.subject_id = freeze_of.subject LEFT JOIN freeze_decision d ON d.id = f.decision_id;
END;

-- Why the money of a person, or in one of these accounts, does not move; null when it may.
CREATE OR REPLACE FUNCTION refuse_frozen(person uuid, accounts uuid[]) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM money_freeze WHERE subject_id = ANY (accounts || person)) THEN RETURN refuse('money_frozen'); END IF;
  RETURN NULL;
END $$;

-- False for a person who was erased and for a pocket that does not exist. Holds what could move its money until the transaction ends.
CREATE FUNCTION hold_freezable(kind text, subject uuid) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF kind = 'person' THEN
    IF subject = house() OR NOT hold_person(subject) THEN RETURN false; END IF;
    PERFORM lock_accounts(ARRAY(SELECT accounts_of(subject)));
    RETURN true;
  END IF;
  PERFORM lock_accounts(ARRAY(SELECT id FROM pocket WHERE id = subject));
  RETURN EXISTS (SELECT FROM pocket WHERE id = subject);
END $$;

-- {decisionId, action: freeze | lift, kind: person | pocket, subjectId, reason, staffId, at}: what staff decided, once.
CREATE FUNCTION decide_freeze(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
DECLARE
  decision uuid := (request ->> 'decisionId')::uuid;
  wanted text := request ->> 'action';
  kind text := request ->> 'kind';
  subject uuid := (request ->> 'subjectId')::uuid;
BEGIN
  IF NOT hold_freezable(kind, subject) THEN RETURN refuse('not_found'); END IF;
  INSERT INTO freeze_decision (id, subject_kind, subject_id, action, reason, staff_id, decided_at)
  VALUES (decision, kind, subject, wanted, request ->> 'reason', request ->> 'staffId', (request ->> 'at')::timestamptz)
  ON CONFLICT (id) DO NOTHING;
  IF NOT FOUND THEN
    IF NOT EXISTS (SELECT FROM freeze_decision WHERE id = decision AND subject_kind = kind AND subject_id = subject AND action = wanted) THEN
      RETURN refuse('decision_reused');
    END IF;
  ELSIF wanted = 'freeze' THEN
    INSERT INTO money_freeze (subject_id, subject_kind, decision_id) VALUES (subject, kind, decision) ON CONFLICT (subject_id) DO NOTHING;
  ELSE
    DELETE FROM money_freeze WHERE subject_id = subject AND subject_kind = kind;
  END IF;
  RETURN done(200, freeze_of(subject));
END $$;

-- {ownerId, key, hash, direction, accountId, amountMinor, currency, at}: records a deposit or withdrawal, reserves, and leaves
-- the job that asks flagship.
CREATE OR REPLACE FUNCTION start_transfer(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  amount bigint := (request ->> 'amountMinor')::bigint;
  money text := request ->> 'currency';
  is_deposit boolean := request ->> 'direction' = 'deposit';
  at timestamptz := (request ->> 'at')::timestamptz;
  operation_name text := CASE WHEN is_deposit THEN 'createDeposit' ELSE 'createWalletWithdrawal' END;
  bank bank_account%ROWTYPE;
  wallet_id uuid;
  wallet ledger_account%ROWTYPE;
  started uuid := uuidv7();
  reply jsonb := claim_request(request, operation_name);
BEGIN
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  IF amount IS NULL OR amount < 1 THEN RAISE EXCEPTION 'a transfer needs a positive amount'; END IF;
  SELECT * INTO bank FROM bank_account WHERE owner_id = person AND id = (request ->> 'accountId')::uuid;
  IF NOT FOUND THEN RETURN refuse('not_found'); END IF;
  IF bank.currency <> money THEN RETURN refuse('fx_not_supported'); END IF;
  IF bank.status NOT IN ('active', 'expiring') THEN RETURN refuse('bank_account_unavailable'); END IF;

  wallet_id := CASE WHEN is_deposit THEN ensure_account(person, 'wallet', money) ELSE find_account(person, 'wallet', money) END;
  IF wallet_id IS NULL THEN RETURN refuse('insufficient_funds'); END IF;
  SELECT * INTO STRICT wallet FROM ledger_account WHERE id = wallet_id FOR NO KEY UPDATE;
  reply := refuse_frozen(person, ARRAY[wallet_id]);
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  IF is_deposit THEN
    IF wallet.posted_minor + wallet.incoming_minor + amount > balance_limit() THEN RETURN refuse('balance_limit_exceeded'); END IF;
    UPDATE ledger_account SET incoming_minor = incoming_minor + amount WHERE id = wallet.id;
  ELSE
    IF wallet.posted_minor - wallet.reserved_minor < amount THEN RETURN refuse('insufficient_funds'); END IF;
    UPDATE ledger_account SET reserved_minor = reserved_minor + amount WHERE id = wallet.id;
  END IF;

  INSERT INTO transfer (id, owner_id, direction, status, bank_account_id, amount_minor, currency, created_at, updated_at)
  VALUES (started, person, request ->> 'direction', 'created', bank.id, amount, money, at, at);
  PERFORM ask_flagship(started);
  RETURN keep_reply(request, operation_name, done(202, (SELECT to_jsonb(facts) FROM transfer_facts facts WHERE id = started)));
END $$;

-- The pseudonym in the place of the person, wherever the person stands.
CREATE OR REPLACE FUNCTION put_pseudonym(person uuid, pseudonym uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('financial.erasure', person || ' ' || pseudonym, true);
  UPDATE ledger_entry SET owner_id = pseudonym WHERE account_id IN (SELECT id FROM ledger_account WHERE owner_id = person);
  UPDATE ledger_transaction SET owner_id = pseudonym, note = NULL WHERE owner_id = person;
  UPDATE pocket_month SET owner_id = pseudonym WHERE pocket_id IN (SELECT id FROM ledger_account WHERE owner_id = person);
  UPDATE pocket SET owner_id = pseudonym WHERE owner_id = person;
  UPDATE pocket_member SET member_id = pseudonym WHERE member_id = person;
  UPDATE pocket_invitation SET inviter_id = pseudonym WHERE inviter_id = person;
  UPDATE pocket_approval SET requester_id = pseudonym WHERE requester_id = person;
  UPDATE pocket_approval_vote SET member_id = pseudonym WHERE member_id = person;
  UPDATE freeze_decision SET subject_id = pseudonym WHERE subject_id = person;
  UPDATE money_freeze SET subject_id = pseudonym WHERE subject_id = person;
  UPDATE transfer SET owner_id = pseudonym WHERE owner_id = person;
  UPDATE ledger_account SET owner_id = pseudonym, holder_id = CASE holder_id WHEN person THEN pseudonym ELSE holder_id END
  WHERE owner_id = person;
  PERFORM set_config('financial.erasure', '', true);
END $$;

REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON freeze_decision, money_freeze FROM financial;
REVOKE EXECUTE ON FUNCTION hold_freezable FROM PUBLIC, financial;
