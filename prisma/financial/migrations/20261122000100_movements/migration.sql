-- Movements between a wallet and its pockets. One movement is one call of one function, which takes one JSON object and
-- answers one: {outcome: done | replayed, status, body} or {outcome: refused, code, detail}. A refusal has moved nothing.
-- Entry points are SECURITY DEFINER, because nobody else may write the ledger; the helpers cannot be called from outside.
-- Accounts are locked in the order of their ids, so that movements wait for each other and never deadlock.

CREATE FUNCTION refuse(code text, detail text DEFAULT NULL) RETURNS jsonb LANGUAGE sql IMMUTABLE
RETURN jsonb_build_object('outcome', 'refused', 'code', code, 'detail', detail);

CREATE FUNCTION done(status integer, body jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE
RETURN jsonb_build_object('outcome', 'done', 'status', status, 'body', body);

-- Claims request.key until the transaction ends. Null when the work is to be done; the reply when it is not.
CREATE FUNCTION claim_request(request jsonb, operation_name text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  kept idempotency%ROWTYPE;
BEGIN
  IF request ->> 'key' IS NULL THEN RETURN NULL; END IF;
  IF NOT pg_try_advisory_xact_lock(hashtextextended(concat_ws(' ', request ->> 'ownerId', operation_name, request ->> 'key'), 0)) THEN
    RETURN refuse('idempotency_in_flight');
  END IF;
  SELECT * INTO kept FROM idempotency
  WHERE owner_id = (request ->> 'ownerId')::uuid AND operation = operation_name AND key = request ->> 'key';
  IF NOT FOUND THEN RETURN NULL; END IF;
  IF kept.request_hash <> request ->> 'hash' THEN RETURN refuse('idempotency_key_reused'); END IF;
  RETURN jsonb_build_object('outcome', 'replayed', 'status', kept.status, 'body', kept.body);
END $$;

-- Keeps the reply for the next request with the same key, and gives it on.
CREATE FUNCTION keep_reply(request jsonb, operation_name text, reply jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
  IF request ->> 'key' IS NOT NULL THEN
    INSERT INTO idempotency (owner_id, operation, key, request_hash, status, body)
    VALUES ((request ->> 'ownerId')::uuid, operation_name, request ->> 'key', request ->> 'hash', (reply ->> 'status')::integer, reply -> 'body');
  END IF;
  RETURN reply;
END $$;

-- The house, whose accounts stand for the world outside.
CREATE FUNCTION house() RETURNS uuid LANGUAGE sql IMMUTABLE RETURN '00000000-0000-0000-0000-000000000000'::uuid;

CREATE FUNCTION find_account(holder uuid, account_kind text, account_currency text) RETURNS uuid LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT id FROM ledger_account WHERE holder_id = holder AND kind = account_kind AND currency = account_currency::char(3);
END;

-- A wallet, suspense or clearing account, made when it is needed first.
CREATE FUNCTION ensure_account(holder uuid, account_kind text, account_currency text) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
  found uuid := find_account(holder, account_kind, account_currency);
BEGIN
  IF found IS NOT NULL THEN RETURN found; END IF;
  INSERT INTO ledger_account (id, owner_id, holder_id, kind, currency)
  VALUES (uuidv7(), holder, holder, account_kind, account_currency)
  ON CONFLICT (holder_id, kind, currency) DO NOTHING;
  RETURN (SELECT id FROM ledger_account WHERE holder_id = holder AND kind = account_kind AND currency = account_currency::char(3));
END $$;

-- The currency of a pocket's account; null when the person has no such pocket.
CREATE FUNCTION pocket_currency(pocket_id uuid, person uuid) RETURNS text LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT currency FROM ledger_account WHERE id = pocket_id AND owner_id = person AND kind = 'pocket';
END;

CREATE FUNCTION lock_accounts(ids uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM ledger_account WHERE id = ANY (ids) ORDER BY id FOR NO KEY UPDATE;
END $$;

-- Writes a transaction: one entry for each account, and the kept balances. The accounts are locked already.
CREATE FUNCTION book(
  transaction_kind text, person uuid, cause text, words text, at timestamptz, accounts uuid[], amounts bigint[],
  reversed uuid DEFAULT NULL, of_transfer uuid DEFAULT NULL
) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
  booked uuid := uuidv7();
BEGIN
  INSERT INTO ledger_transaction (id, kind, owner_id, source, note, reverses_id, transfer_id, booked_at)
  VALUES (booked, transaction_kind, person, cause, words, reversed, of_transfer, at);

  WITH moved AS (
    UPDATE ledger_account account
    SET posted_minor = account.posted_minor + side.amount, entry_count = account.entry_count + 1
    FROM unnest(accounts, amounts) WITH ORDINALITY AS side (id, amount, line)
    WHERE account.id = side.id
    RETURNING account.*, side.amount, side.line
  ), written AS (
    INSERT INTO ledger_entry (transaction_id, line, account_id, owner_id, currency, amount_minor, balance_after_minor, seq)
    SELECT booked, line, id, owner_id, currency, amount, posted_minor, entry_count FROM moved
  )
  INSERT INTO pocket_month (pocket_id, month, owner_id, net_minor)
  SELECT id, date_trunc('month', at AT TIME ZONE 'UTC')::date, owner_id, amount FROM moved
  WHERE kind = 'pocket' AND transaction_kind NOT IN ('opening', 'sweep')
  ON CONFLICT (pocket_id, month) DO UPDATE SET net_minor = pocket_month.net_minor + excluded.net_minor;
  RETURN booked;
END $$;

-- Why money cannot go from one locked account to the other; null when it can.
CREATE FUNCTION refuse_move(from_id uuid, to_id uuid, amount bigint) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  giver ledger_account%ROWTYPE;
  taker ledger_account%ROWTYPE;
BEGIN
  SELECT * INTO STRICT giver FROM ledger_account WHERE id = from_id;
  SELECT * INTO STRICT taker FROM ledger_account WHERE id = to_id;
  IF 'closed' IN (giver.status, taker.status) THEN RETURN refuse('pocket_closed'); END IF;
  IF giver.posted_minor - giver.reserved_minor < amount THEN RETURN refuse('insufficient_funds'); END IF;
  IF taker.posted_minor + taker.incoming_minor + amount > balance_limit() THEN RETURN refuse('balance_limit_exceeded'); END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION movement_of(transaction_id uuid, pocket_id uuid) RETURNS jsonb LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT to_jsonb(movement) FROM movement_facts movement WHERE id = transaction_id AND "pocketId" = pocket_id;
END;

-- The common part of contribution, withdrawal and transfer: from and to are a pocket of the person, or null for the wallet.
CREATE FUNCTION move_money(request jsonb, operation_name text, transaction_kind text, from_pocket uuid, to_pocket uuid)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  amount bigint := (request ->> 'amountMinor')::bigint;
  money text := request ->> 'currency';
  from_id uuid := from_pocket;
  to_id uuid := to_pocket;
  named uuid;
  reply jsonb := claim_request(request, operation_name);
BEGIN
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  IF amount IS NULL OR amount < 1 THEN RAISE EXCEPTION 'a movement needs a positive amount'; END IF;
  FOREACH named IN ARRAY array_remove(ARRAY[from_pocket, to_pocket], NULL) LOOP
    IF pocket_currency(named, person) IS NULL THEN RETURN refuse('not_found'); END IF;
    IF pocket_currency(named, person) <> money THEN RETURN refuse('fx_not_supported'); END IF;
  END LOOP;
  IF from_id = to_id THEN RETURN refuse('same_pocket'); END IF;

  IF from_id IS NULL THEN from_id := find_account(person, 'wallet', money); END IF;
  IF from_id IS NULL THEN RETURN refuse('insufficient_funds'); END IF;
  IF to_id IS NULL THEN to_id := ensure_account(person, 'wallet', money); END IF;
  PERFORM lock_accounts(ARRAY[from_id, to_id]);
  reply := refuse_move(from_id, to_id, amount);
  IF reply IS NOT NULL THEN RETURN reply; END IF;

  named := book(transaction_kind, person, request ->> 'source', request ->> 'note', (request ->> 'at')::timestamptz,
    ARRAY[from_id, to_id], ARRAY[-amount, amount]);
  RETURN keep_reply(request, operation_name, done(201, movement_of(named, coalesce(from_pocket, to_pocket))));
END $$;

-- {ownerId, key, hash, pocketId, amountMinor, currency, note, source, at}: wallet to pocket.
CREATE FUNCTION contribute_to_pocket(request jsonb) RETURNS jsonb
LANGUAGE sql SECURITY DEFINER SET search_path = financial, pg_temp
BEGIN ATOMIC
  SELECT move_money(request, 'createContribution', 'contribution', NULL, (request ->> 'pocketId')::uuid);
END;

-- The same, pocket to wallet.
CREATE FUNCTION withdraw_from_pocket(request jsonb) RETURNS jsonb
LANGUAGE sql SECURITY DEFINER SET search_path = financial, pg_temp
BEGIN ATOMIC
  SELECT move_money(request, 'createPocketWithdrawal', 'pocket_withdrawal', (request ->> 'pocketId')::uuid, NULL);
END;

-- The same with toPocketId: pocket to pocket.
CREATE FUNCTION transfer_between_pockets(request jsonb) RETURNS jsonb
LANGUAGE sql SECURITY DEFINER SET search_path = financial, pg_temp
BEGIN ATOMIC
  SELECT move_money(request, 'createPocketTransfer', 'pocket_transfer', (request ->> 'pocketId')::uuid, (request ->> 'toPocketId')::uuid);
END;

-- {ownerId, key, hash, movementId, source, at}: books the opposite of a movement, once.
CREATE FUNCTION reverse_movement(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  original ledger_transaction%ROWTYPE;
  giver ledger_entry%ROWTYPE;
  taker ledger_entry%ROWTYPE;
  viewed uuid;
  reversal uuid;
  reply jsonb := claim_request(request, 'reverseMovement');
BEGIN
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  -- Only what touched a pocket is a movement to the person.
  SELECT * INTO original FROM ledger_transaction
  WHERE id = (request ->> 'movementId')::uuid AND owner_id = person AND transfer_id IS NULL AND kind <> 'opening_balance';
  IF NOT FOUND THEN RETURN refuse('not_found'); END IF;
  IF original.kind NOT IN ('contribution', 'pocket_withdrawal', 'pocket_transfer') THEN RETURN refuse('movement_not_reversible'); END IF;
  SELECT * INTO STRICT taker FROM ledger_entry WHERE transaction_id = original.id AND amount_minor < 0;
  SELECT * INTO STRICT giver FROM ledger_entry WHERE transaction_id = original.id AND amount_minor > 0;

  PERFORM lock_accounts(ARRAY[giver.account_id, taker.account_id]);
  IF EXISTS (SELECT FROM ledger_transaction WHERE reverses_id = original.id) THEN RETURN refuse('movement_already_reversed'); END IF;
  reply := refuse_move(giver.account_id, taker.account_id, giver.amount_minor);
  IF reply IS NOT NULL THEN RETURN reply; END IF;

  reversal := book('reversal', person, request ->> 'source', NULL, (request ->> 'at')::timestamptz,
    ARRAY[giver.account_id, taker.account_id], ARRAY[-giver.amount_minor, giver.amount_minor], original.id);
  SELECT id INTO viewed FROM ledger_account
  WHERE id IN (giver.account_id, taker.account_id) AND kind = 'pocket' ORDER BY id = taker.account_id DESC LIMIT 1;
  RETURN keep_reply(request, 'reverseMovement', done(201, movement_of(reversal, viewed)));
END $$;

-- {ownerId, key, hash, name, emoji, currency, targetMinor, targetDate, monthlyMinor, visibility, openingMinor, source, at}:
-- opens a pocket, with money from the wallet when openingMinor says so.
CREATE FUNCTION open_pocket(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  amount bigint := (request ->> 'openingMinor')::bigint;
  at timestamptz := (request ->> 'at')::timestamptz;
  wallet uuid;
  opened uuid := uuidv7();
  reply jsonb := claim_request(request, 'createPocket');
BEGIN
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  IF (request ->> 'targetDate')::date <= (at AT TIME ZONE 'UTC')::date THEN RETURN refuse('target_date_passed'); END IF;
  IF amount IS NOT NULL THEN
    IF amount < 1 THEN RAISE EXCEPTION 'opening money needs a positive amount'; END IF;
    wallet := find_account(person, 'wallet', request ->> 'currency');
    PERFORM lock_accounts(ARRAY[wallet]);
    IF NOT EXISTS (SELECT FROM ledger_account WHERE id = wallet AND posted_minor - reserved_minor >= amount) THEN
      RETURN refuse('insufficient_funds');
    END IF;
  END IF;

  INSERT INTO ledger_account (id, owner_id, holder_id, kind, currency) VALUES (opened, person, opened, 'pocket', request ->> 'currency');
  INSERT INTO pocket (id, owner_id, name, emoji, currency, target_minor, target_date, monthly_minor, visibility, created_at, updated_at)
  VALUES (opened, person, request ->> 'name', request ->> 'emoji', request ->> 'currency', (request ->> 'targetMinor')::bigint,
    (request ->> 'targetDate')::date, (request ->> 'monthlyMinor')::bigint, request ->> 'visibility', at, at);
  IF amount IS NOT NULL THEN
    PERFORM book('opening', person, request ->> 'source', NULL, at, ARRAY[wallet, opened], ARRAY[-amount, amount]);
  END IF;
  RETURN keep_reply(request, 'createPocket', done(201, (SELECT to_jsonb(facts) FROM pocket_facts facts WHERE id = opened)));
END $$;

-- {ownerId, key, hash, pocketId, sweepToPocketId, source, at}: closes a pocket, its balance moved to another one if named.
CREATE FUNCTION close_pocket(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  closing uuid := (request ->> 'pocketId')::uuid;
  sweep_to uuid := (request ->> 'sweepToPocketId')::uuid;
  at timestamptz := (request ->> 'at')::timestamptz;
  account ledger_account%ROWTYPE;
  reply jsonb := claim_request(request, 'closePocket');
BEGIN
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  IF pocket_currency(closing, person) IS NULL THEN RETURN refuse('not_found'); END IF;
  IF sweep_to = closing THEN RETURN refuse('same_pocket'); END IF;
  IF sweep_to IS NOT NULL THEN
    IF pocket_currency(sweep_to, person) IS NULL THEN RETURN refuse('not_found'); END IF;
    IF pocket_currency(sweep_to, person) <> pocket_currency(closing, person) THEN RETURN refuse('fx_not_supported'); END IF;
  END IF;

  PERFORM lock_accounts(ARRAY[closing, sweep_to]);
  SELECT * INTO STRICT account FROM ledger_account WHERE id = closing;
  IF account.status = 'closed' THEN RETURN refuse('pocket_closed'); END IF;
  IF account.posted_minor > 0 THEN
    IF sweep_to IS NULL THEN RETURN refuse('pocket_not_empty'); END IF;
    reply := refuse_move(closing, sweep_to, account.posted_minor);
    IF reply IS NOT NULL THEN RETURN reply; END IF;
    PERFORM book('sweep', person, request ->> 'source', NULL, at, ARRAY[closing, sweep_to], ARRAY[-account.posted_minor, account.posted_minor]);
  END IF;
  UPDATE ledger_account SET status = 'closed' WHERE id = closing;
  UPDATE pocket SET closed_at = at, updated_at = at, version = version + 1 WHERE id = closing;
  RETURN keep_reply(request, 'closePocket', done(200, (SELECT to_jsonb(facts) FROM pocket_facts facts WHERE id = closing)));
END $$;

-- {ownerId, amountMinor, currency, note, source, at}: money that a person has from the start, out of clearing. Not for the
-- process role: only an administrator, signed in as the owner of the schema, brings money in without a bank.
CREATE FUNCTION book_opening_balance(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  amount bigint := (request ->> 'amountMinor')::bigint;
  wallet uuid := ensure_account(person, 'wallet', request ->> 'currency');
  clearing uuid := ensure_account(house(), 'clearing', request ->> 'currency');
BEGIN
  IF amount IS NULL OR amount < 1 THEN RAISE EXCEPTION 'an opening balance needs a positive amount'; END IF;
  PERFORM lock_accounts(ARRAY[wallet, clearing]);
  RETURN done(201, jsonb_build_object('transactionId',
    book('opening_balance', person, request ->> 'source', request ->> 'note', (request ->> 'at')::timestamptz,
      ARRAY[clearing, wallet], ARRAY[-amount, amount])));
END $$;

REVOKE EXECUTE ON FUNCTION refuse_change, check_transaction, check_entry, check_balance,
  claim_request, keep_reply, ensure_account, lock_accounts, book, refuse_move, move_money, book_opening_balance
FROM PUBLIC, financial;
