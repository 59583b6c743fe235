-- Money between linked bank accounts and wallets. A transfer is started by the person and advanced by what flagship tells;
-- the ledger is touched when it starts (reserve), settles, fails (free) and returns (reverse), each once.
--
-- A return cannot be refused: the bank has the money already. What the wallet no longer holds (or, for a returned
-- withdrawal, can no longer take) is booked to the person's suspense account: negative is owed by the person, positive
-- is owed to them. Staff see it and decide; nothing is taken from later deposits by itself.

-- {ownerId, key, hash, direction, accountId, amountMinor, currency, at}: records a deposit or withdrawal, reserves, and leaves
-- the job that asks flagship.
CREATE FUNCTION start_transfer(request jsonb) RETURNS jsonb
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

-- Leaves the job that asks flagship, to run now; one job for a transfer, however often this is called.
CREATE FUNCTION ask_flagship(transfer_id uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM financial_jobs.add_job('requestTransfer', json_build_object('transferId', transfer_id), job_key => 'requestTransfer:' || transfer_id);
END $$;

-- How far a state is; a transfer only goes to a higher one.
CREATE FUNCTION transfer_rank(status text) RETURNS integer LANGUAGE sql IMMUTABLE
RETURN array_position(ARRAY['created', 'unknown', 'submitted', 'processing', 'stalled', 'settled'], status);

CREATE FUNCTION can_advance(from_status text, to_status text) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN CASE
  WHEN from_status = 'settled' THEN to_status = 'returned'
  WHEN from_status IN ('failed', 'cancelled', 'returned') THEN false
  WHEN to_status IN ('failed', 'cancelled', 'returned') THEN true
  ELSE transfer_rank(to_status) > transfer_rank(from_status)
END;

-- {transferId, status, sequence, reason, at}: what flagship told; without a sequence, that it refused the request. Moves forward
-- and books what follows, or changes nothing.
CREATE FUNCTION advance_transfer(request jsonb) RETURNS jsonb
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
      UPDATE transfer SET status = told, reason = request ->> 'reason', updated_at = at, sequence = greatest(sequence, counted)
      WHERE id = current.id;
    ELSIF told = current.status THEN
      UPDATE transfer SET sequence = greatest(sequence, counted) WHERE id = current.id;
    ELSIF counted IS NOT NULL THEN
      RETURN refuse('illegal_transition', format('%s does not follow %s', told, current.status));
    END IF;
  END IF;
  RETURN done(200, (SELECT to_jsonb(facts) FROM transfer_facts facts WHERE id = current.id));
END $$;

-- What a new state means for the ledger.
CREATE FUNCTION settle_or_free(current transfer, told text, at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  wallet uuid := find_account(current.owner_id, 'wallet', current.currency);
  clearing uuid;
  suspense uuid;
BEGIN
  IF told NOT IN ('settled', 'failed', 'cancelled', 'returned') THEN RETURN; END IF;
  clearing := ensure_account(house(), 'clearing', current.currency);
  IF told = 'returned' THEN suspense := ensure_account(current.owner_id, 'suspense', current.currency); END IF;
  PERFORM lock_accounts(ARRAY[wallet, clearing, suspense]);
  IF current.status <> 'settled' THEN
    UPDATE ledger_account
    SET incoming_minor = incoming_minor - CASE WHEN current.direction = 'deposit' THEN current.amount_minor ELSE 0 END,
        reserved_minor = reserved_minor - CASE WHEN current.direction = 'withdrawal' THEN current.amount_minor ELSE 0 END
    WHERE id = wallet;
    IF told IN ('settled', 'returned') THEN
      PERFORM book(current.direction, current.owner_id, 'provider', NULL, at,
        CASE WHEN current.direction = 'deposit' THEN ARRAY[clearing, wallet] ELSE ARRAY[wallet, clearing] END,
        ARRAY[-current.amount_minor, current.amount_minor], NULL, current.id);
    END IF;
  END IF;
  IF told = 'returned' THEN PERFORM book_return(current, wallet, clearing, at); END IF;
END $$;

-- Reverses the settlement; what the wallet cannot give or take goes to suspense.
CREATE FUNCTION book_return(current transfer, wallet uuid, clearing uuid, at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  suspense uuid := find_account(current.owner_id, 'suspense', current.currency);
  settlement uuid := (SELECT id FROM ledger_transaction WHERE transfer_id = current.id AND kind = current.direction);
  account ledger_account%ROWTYPE;
  by_wallet bigint;
  sign integer := CASE WHEN current.direction = 'deposit' THEN -1 ELSE 1 END;
  accounts uuid[] := ARRAY[clearing];
  amounts bigint[] := ARRAY[-sign * current.amount_minor];
BEGIN
  SELECT * INTO STRICT account FROM ledger_account WHERE id = wallet;
  by_wallet := least(current.amount_minor, CASE WHEN current.direction = 'deposit'
    THEN account.posted_minor - account.reserved_minor
    ELSE balance_limit() - account.posted_minor - account.incoming_minor END);
  IF by_wallet > 0 THEN
    accounts := accounts || wallet;
    amounts := amounts || sign * by_wallet;
  END IF;
  IF by_wallet < current.amount_minor THEN
    accounts := accounts || suspense;
    amounts := amounts || sign * (current.amount_minor - by_wallet);
  END IF;
  PERFORM book('return', current.owner_id, 'provider', NULL, at, accounts, amounts, settlement, current.id);
END $$;

-- The net under the queue: asks again for transfers that have waited since before `older_than`. Answers how many.
CREATE FUNCTION ask_again(older_than timestamptz, at_most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
DECLARE
  asked integer;
BEGIN
  SELECT count(ask_flagship(id)) INTO asked FROM (
    SELECT id FROM transfer WHERE status = 'created' AND updated_at < older_than ORDER BY updated_at LIMIT at_most
  ) waiting;
  RETURN asked;
END $$;

REVOKE EXECUTE ON FUNCTION ask_flagship, settle_or_free, book_return FROM PUBLIC, financial;
