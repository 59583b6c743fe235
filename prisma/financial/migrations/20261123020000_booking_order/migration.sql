-- Money is booked at the moment that was asked for, but never before what its wallets and pockets have booked already: requests
-- overtake each other while they wait for the accounts, and the clocks of two processes differ. So an account's entries are in the
-- order of their moments too, which is how `last_entry` finds them.

-- The accounts are locked already. The accounts of the house are in no such order: nobody asks what they held at a moment, and one
-- fast clock would move everybody's bookings.
CREATE FUNCTION booking_time(at timestamptz, accounts uuid[]) RETURNS timestamptz LANGUAGE sql STABLE
RETURN greatest(at, (
  SELECT max(t.booked_at)
  FROM ledger_account a JOIN ledger_entry e ON e.account_id = a.id AND e.seq = a.entry_count JOIN ledger_transaction t ON t.id = e.transaction_id
  WHERE a.id = ANY (accounts) AND a.kind IN ('wallet', 'pocket')));

-- Writes a transaction: one entry for each account, the kept balances, months, and what each member has put in and taken out.
-- The accounts are locked already. It is the person's doing; a payout is to whom each wallet belongs.
CREATE OR REPLACE FUNCTION book(
  transaction_kind text, person uuid, cause text, words text, at timestamptz, accounts uuid[], amounts bigint[],
  reversed uuid DEFAULT NULL, of_transfer uuid DEFAULT NULL
) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
  booked uuid := uuidv7();
  moment timestamptz := booking_time(at, accounts);
  pockets uuid[];
  balances_before bigint[];
  balances_after bigint[];
  strangers integer;
BEGIN
  INSERT INTO ledger_transaction (id, kind, owner_id, source, note, reverses_id, transfer_id, booked_at)
  VALUES (booked, transaction_kind, person, cause, words, reversed, of_transfer, moment);

  WITH moved AS (
    UPDATE ledger_account account
    SET posted_minor = account.posted_minor + side.amount, entry_count = account.entry_count + 1
    FROM unnest(accounts, amounts) WITH ORDINALITY AS side (id, amount, line)
    WHERE account.id = side.id
    RETURNING account.*, side.amount, side.line
  ), written AS (
    INSERT INTO ledger_entry (transaction_id, line, account_id, owner_id, currency, amount_minor, balance_after_minor, seq)
    SELECT booked, line, id, owner_id, currency, amount, posted_minor, entry_count FROM moved
  ), monthly AS (
    INSERT INTO pocket_month (pocket_id, month, owner_id, net_minor)
    SELECT id, date_trunc('month', moment AT TIME ZONE 'UTC')::date, owner_id, amount FROM moved
    WHERE kind = 'pocket' AND transaction_kind NOT IN ('opening', 'sweep')
    ON CONFLICT (pocket_id, month) DO UPDATE SET net_minor = pocket_month.net_minor + excluded.net_minor
  ), part AS (
    SELECT id AS pocket_id, person AS member_id, amount FROM moved WHERE kind = 'pocket' AND transaction_kind <> 'payout'
    UNION ALL
    SELECT pot.id, payee.owner_id, -payee.amount FROM moved pot JOIN moved payee ON payee.kind = 'wallet'
    WHERE pot.kind = 'pocket' AND transaction_kind = 'payout'
  ), credited AS (
    UPDATE pocket_member member
    SET contributed_minor = contributed_minor + CASE WHEN (amount > 0) <> (transaction_kind = 'reversal') THEN amount ELSE 0 END,
        withdrawn_minor = withdrawn_minor - CASE WHEN (amount > 0) <> (transaction_kind = 'reversal') THEN 0 ELSE amount END
    FROM part WHERE member.pocket_id = part.pocket_id AND member.member_id = part.member_id
    RETURNING member.member_id
  )
  SELECT array_agg(id), array_agg(posted_minor - amount), array_agg(posted_minor),
    (SELECT count(*) FROM part) - (SELECT count(*) FROM credited)
  INTO pockets, balances_before, balances_after, strangers FROM moved WHERE kind = 'pocket';

  IF strangers > 0 THEN RAISE EXCEPTION 'transaction % moves a pocket for somebody who is no member of it', booked; END IF;
  PERFORM note_milestones(changed.id, balance_before, balance_after, moment)
  FROM unnest(pockets, balances_before, balances_after) AS changed (id, balance_before, balance_after)
  JOIN pocket ON pocket.id = changed.id AND pocket.target_minor IS NOT NULL;
  RETURN booked;
END $$;

REVOKE EXECUTE ON FUNCTION booking_time FROM PUBLIC, financial;
