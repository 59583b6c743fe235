-- Contributions and withdrawals that wait for the same pocket are booked together: each with its own key, checks, transaction and
-- answer, as if it had come alone, but with one lock, one commit and statements over the whole set. Only what is plain goes together.
-- Whatever needs a closer look (a key that was used, a wallet that somebody else holds or that is not there yet, a lock, a freeze,
-- an approval) is left out of the answer: the caller sends it by itself, through the function that everything else goes through.

-- A kept balance moves by the entries that its account counts from then on, and each of them names the balance after it: so it
-- equals the sum of the entries, by induction over `seq`. (They were one at a time until now.)
CREATE OR REPLACE FUNCTION check_balance() RETURNS trigger LANGUAGE plpgsql SET search_path = financial, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.posted_minor = 0 AND NEW.entry_count = 0 THEN RETURN NULL; END IF;
  ELSIF NEW.entry_count = OLD.entry_count + 1 THEN
    IF EXISTS (
      SELECT FROM ledger_entry
      WHERE account_id = NEW.id AND seq = NEW.entry_count
        AND balance_after_minor = NEW.posted_minor AND amount_minor = NEW.posted_minor - OLD.posted_minor
    ) THEN RETURN NULL; END IF;
  ELSIF NEW.entry_count > OLD.entry_count AND (
    SELECT count(*) = NEW.entry_count - OLD.entry_count AND sum(amount_minor) = NEW.posted_minor - OLD.posted_minor
      AND bool_and(balance_after_minor = OLD.posted_minor + running)
    FROM (
      SELECT amount_minor, balance_after_minor, sum(amount_minor) OVER (ORDER BY seq) AS running
      FROM ledger_entry WHERE account_id = NEW.id AND seq > OLD.entry_count AND seq <= NEW.entry_count
    ) counted
  ) THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION 'the balance of account % does not follow its entries', NEW.id USING ERRCODE = 'integrity_constraint_violation';
END $$;

-- The entries of a transaction come in one statement, and are checked when it ends, all at once: each transaction that was touched
-- sums to zero in each currency (no entry is 0, so there are two at least), and no entry stands that its account does not count.
DROP TRIGGER zero_sum ON ledger_entry;
CREATE OR REPLACE FUNCTION check_entry() RETURNS trigger LANGUAGE plpgsql SET search_path = financial, pg_temp AS $$
DECLARE
  wrong record;
BEGIN
  SELECT e.transaction_id INTO wrong FROM ledger_entry e WHERE e.transaction_id IN (SELECT transaction_id FROM added)
  GROUP BY e.transaction_id, e.currency HAVING sum(e.amount_minor) <> 0 LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'transaction % does not sum to zero', wrong.transaction_id USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  SELECT e.account_id, e.seq INTO wrong FROM added e JOIN ledger_account a ON a.id = e.account_id WHERE a.entry_count < e.seq LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'account % does not count entry %', wrong.account_id, wrong.seq USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER zero_sum AFTER INSERT ON ledger_entry REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION check_entry();

-- So at commit a transaction needs only have entries.
CREATE OR REPLACE FUNCTION check_transaction() RETURNS trigger LANGUAGE plpgsql SET search_path = financial, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM ledger_entry WHERE transaction_id = NEW.id) THEN RETURN NULL; END IF;
  RAISE EXCEPTION 'transaction % does not sum to zero: it has no entries', NEW.id USING ERRCODE = 'integrity_constraint_violation';
END $$;
DROP FUNCTION assert_zero_sum;

-- One of those that wait, and the ledger transaction that it becomes; `amount` as the pocket sees it: positive comes in.
CREATE TYPE waiting_movement AS (
  place integer, operation text, person uuid, currency text, amount bigint, key text, hash text, note text, source text, at timestamptz,
  wallet uuid, id uuid
);

-- Claims the keys as claim_request does: what another one holds, or what stands here twice, is left out.
CREATE FUNCTION claim_together(movements jsonb) RETURNS waiting_movement[] LANGUAGE sql VOLATILE AS $$
  SELECT array_agg(ROW(place, operation, "ownerId", currency, CASE operation WHEN 'createContribution' THEN "amountMinor" ELSE -"amountMinor" END,
    key, hash, note, source, at, NULL, NULL)::waiting_movement ORDER BY place)
  FROM (
    SELECT DISTINCT ON ("ownerId", operation, key) * FROM ROWS FROM (jsonb_to_recordset(movements) AS (operation text, "ownerId" uuid,
      currency text, "amountMinor" bigint, key text, hash text, note text, source text, at timestamptz))
      WITH ORDINALITY AS asked (operation, "ownerId", currency, "amountMinor", key, hash, note, source, at, place)
    WHERE key IS NOT NULL AND "amountMinor" > 0 AND operation IN ('createContribution', 'createPocketWithdrawal')
    ORDER BY "ownerId", operation, key, place
  ) asked
  WHERE pg_try_advisory_xact_lock(hashtextextended(concat_ws(' ', "ownerId", operation, key), 0))
$$;

-- Those that nothing but money can stand in the way of, with their wallets, which are held; the pocket is held already. Nobody is
-- waited for: so a group never waits in a circle, and one busy wallet does not hold up the others.
CREATE FUNCTION plain_together(pot uuid, claimed waiting_movement[]) RETURNS waiting_movement[] LANGUAGE plpgsql AS $$
DECLARE
  held uuid[] := ARRAY(
    SELECT id FROM ledger_account
    WHERE holder_id IN (SELECT person FROM unnest(claimed)) AND kind = 'wallet' AND status = 'open'
      AND currency = (SELECT currency FROM pocket WHERE id = pot)
    FOR NO KEY UPDATE SKIP LOCKED);
BEGIN
  -- A statement of its own: it sees whatever was committed before the accounts were held.
  RETURN ARRAY(
    SELECT ROW(m.place, m.operation, m.person, m.currency, m.amount, m.key, m.hash, m.note, m.source, m.at, wallet.id, uuidv7())::waiting_movement
    FROM unnest(claimed) m
    JOIN pocket p ON p.id = pot AND p.closed_at IS NULL AND p.currency = m.currency
    JOIN pocket_member member ON member.pocket_id = pot AND member.member_id = m.person AND member.left_at IS NULL AND member.role <> 'viewer'
    JOIN ledger_account wallet ON wallet.holder_id = m.person AND wallet.kind = 'wallet' AND wallet.currency = p.currency AND wallet.id = ANY (held)
    WHERE NOT EXISTS (SELECT FROM idempotency kept WHERE (kept.owner_id, kept.operation, kept.key) = (m.person, m.operation, m.key))
      AND NOT EXISTS (SELECT FROM money_freeze WHERE subject_id IN (pot, m.person, wallet.id))
      AND (m.amount > 0 OR (p.withdraw_who <> 'owner' OR member.role = 'owner') AND (p.approvals = 0 OR -m.amount <= p.approvals_above_minor)
        AND NOT EXISTS (SELECT FROM pocket_lock WHERE pocket_id = pot))
    ORDER BY m.place);
END $$;

-- Books what is plain: a row for each with the movement, or with why not. Each is checked against what those before it have left, as
-- refuse_move does.
CREATE FUNCTION carry_together(pot uuid, plain waiting_movement[]) RETURNS TABLE (place integer, refusal jsonb, body jsonb) LANGUAGE plpgsql AS $$
DECLARE
  pot_left bigint;
  pot_room bigint;
  target bigint := (SELECT target_minor FROM pocket WHERE id = pot);
  wallets uuid[];
  wallet_left bigint[];
  wallet_room bigint[];
  one integer;
  move waiting_movement;
  carried waiting_movement[] := '{}';
BEGIN
  SELECT posted_minor, balance_limit() - posted_minor - incoming_minor INTO STRICT pot_left, pot_room FROM ledger_account WHERE id = pot;
  SELECT array_agg(id), array_agg(posted_minor - reserved_minor), array_agg(balance_limit() - posted_minor - incoming_minor)
  INTO wallets, wallet_left, wallet_room FROM ledger_account WHERE id IN (SELECT wallet FROM unnest(plain));

  FOREACH move IN ARRAY plain LOOP
    one := array_position(wallets, move.wallet);
    IF move.amount > wallet_left[one] OR -move.amount > pot_left THEN
      RETURN QUERY SELECT move.place, refuse('insufficient_funds'), NULL::jsonb;
    ELSIF -move.amount > wallet_room[one] OR move.amount > pot_room THEN
      RETURN QUERY SELECT move.place, refuse('balance_limit_exceeded'), NULL::jsonb;
    ELSE
      carried := carried || move;
      IF pot_left * 4 / target < least((pot_left + move.amount) * 4 / target, 4) THEN
        PERFORM note_milestones(pot, pot_left, pot_left + move.amount, move.at);
      END IF;
      pot_left := pot_left + move.amount;
      pot_room := pot_room - move.amount;
      wallet_left[one] := wallet_left[one] - move.amount;
      wallet_room[one] := wallet_room[one] + move.amount;
    END IF;
  END LOOP;
  IF cardinality(carried) > 0 THEN
    PERFORM book_together(pot, carried);
    RETURN QUERY SELECT kept.place, NULL::jsonb, kept.body FROM keep_together(pot, carried) kept;
  END IF;
END $$;

-- Writes a transaction for each, as `book` does for one.
CREATE FUNCTION book_together(pot uuid, moves waiting_movement[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  WITH move AS (
    SELECT m.*, row_number() OVER by_place AS pot_nth, sum(amount) OVER by_place AS pot_sum,
      row_number() OVER by_wallet AS wallet_nth, sum(amount) OVER by_wallet AS wallet_sum
    FROM unnest(moves) m
    WINDOW by_place AS (ORDER BY place), by_wallet AS (PARTITION BY wallet ORDER BY place)
  ), side AS (
    SELECT id AS booked, CASE WHEN amount > 0 THEN 2 ELSE 1 END AS line, pot AS account, amount, pot_nth AS nth, pot_sum AS moved FROM move
    UNION ALL SELECT id, CASE WHEN amount > 0 THEN 1 ELSE 2 END, wallet, -amount, wallet_nth, -wallet_sum FROM move
  ), transactions AS (
    INSERT INTO ledger_transaction (id, kind, owner_id, source, note, booked_at)
    SELECT id, CASE operation WHEN 'createContribution' THEN 'contribution' ELSE 'pocket_withdrawal' END, person, source, note, at FROM move
  ), entries AS (
    INSERT INTO ledger_entry (transaction_id, line, account_id, owner_id, currency, amount_minor, balance_after_minor, seq)
    SELECT booked, line, account, a.owner_id, a.currency, amount, a.posted_minor + moved, a.entry_count + nth
    FROM side JOIN ledger_account a ON a.id = account
  ), accounts AS (
    UPDATE ledger_account a SET posted_minor = posted_minor + total, entry_count = entry_count + entries
    FROM (SELECT account, sum(amount) AS total, count(*) AS entries FROM side GROUP BY account) summed WHERE a.id = account
  ), months AS (
    INSERT INTO pocket_month (pocket_id, month, owner_id, net_minor)
    SELECT pot, date_trunc('month', at AT TIME ZONE 'UTC')::date, (SELECT owner_id FROM ledger_account WHERE id = pot), sum(amount) FROM move GROUP BY 2
    ON CONFLICT (pocket_id, month) DO UPDATE SET net_minor = pocket_month.net_minor + excluded.net_minor
  )
  UPDATE pocket_member member SET contributed_minor = contributed_minor + gave, withdrawn_minor = withdrawn_minor + took
  FROM (SELECT person, sum(greatest(amount, 0)) AS gave, sum(greatest(-amount, 0)) AS took FROM move GROUP BY person) part
  WHERE member.pocket_id = pot AND member.member_id = person;
END $$;

-- Keeps the answers under their keys, and gives them on.
CREATE FUNCTION keep_together(pot uuid, moves waiting_movement[]) RETURNS TABLE (place integer, body jsonb) LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY
  WITH booked AS (
    SELECT m.*, to_jsonb(facts) AS answer FROM unnest(moves) m JOIN movement_facts facts ON facts.id = m.id AND facts."pocketId" = pot
  ), kept AS (
    INSERT INTO idempotency (owner_id, operation, key, request_hash, status, body)
    SELECT person, operation, key, hash, 201, answer FROM booked
  )
  SELECT booked.place, answer FROM booked;
END $$;

-- {pocketId, movements: [{operation, ownerId, key, hash, amountMinor, currency, note, source, at}]}: a row for each that is through,
-- by its place, counted from 1. Who is missing goes alone; nothing has happened to them. The plans are the same for every group:
-- making them anew would cost more than carrying them out.
CREATE FUNCTION move_together(request jsonb) RETURNS TABLE (place integer, refusal jsonb, body jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  pot uuid := (request ->> 'pocketId')::uuid;
  plain waiting_movement[];
BEGIN
  PERFORM FROM ledger_account WHERE id = pot AND kind = 'pocket' FOR NO KEY UPDATE;
  plain := plain_together(pot, claim_together(request -> 'movements'));
  IF cardinality(plain) > 0 THEN RETURN QUERY SELECT * FROM carry_together(pot, plain); END IF;
END $$;

REVOKE EXECUTE ON FUNCTION claim_together, plain_together, carry_together, book_together, keep_together FROM PUBLIC, financial;
