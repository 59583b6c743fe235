-- Those that are booked together are booked at one moment: the latest that one of them asked for, and never before what their pocket
-- and wallets have booked already (see booking_time).
CREATE OR REPLACE FUNCTION plain_together(pot uuid, claimed waiting_movement[]) RETURNS waiting_movement[] LANGUAGE plpgsql AS $$
DECLARE
  held uuid[] := ARRAY(
    SELECT id FROM ledger_account
    WHERE holder_id IN (SELECT person FROM unnest(claimed)) AND kind = 'wallet' AND status = 'open'
      AND currency = (SELECT currency FROM pocket WHERE id = pot)
    FOR NO KEY UPDATE SKIP LOCKED);
BEGIN
  -- A statement of its own: it sees whatever was committed before the accounts were held.
  RETURN ARRAY(
    SELECT ROW(m.place, m.operation, m.person, m.currency, m.amount, m.key, m.hash, m.note, m.source,
      (SELECT booking_time(max(asked.at), held || pot) FROM unnest(claimed) asked), wallet.id, uuidv7())::waiting_movement
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

-- Every statement that adds entries adds, for each transaction and currency, what sums to zero: so every transaction does, by
-- induction, and no entry that stands already is read again, however many there are.
CREATE OR REPLACE FUNCTION check_entry() RETURNS trigger LANGUAGE plpgsql SET search_path = financial, pg_temp AS $$
DECLARE
  wrong record;
BEGIN
  SELECT transaction_id INTO wrong FROM added GROUP BY transaction_id, currency HAVING sum(amount_minor) <> 0 LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'transaction % does not sum to zero', wrong.transaction_id USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  SELECT e.account_id, e.seq INTO wrong FROM added e JOIN ledger_account a ON a.id = e.account_id WHERE a.entry_count < e.seq LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'account % does not count entry %', wrong.account_id, wrong.seq USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;
