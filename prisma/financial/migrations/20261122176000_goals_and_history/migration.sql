-- AlterTable
ALTER TABLE "pocket" ADD COLUMN     "goal_derived" TEXT;

-- What follows cannot be said in schema.prisma.

-- Of target, date and monthly amount, two give the third.
ALTER TABLE pocket ADD CONSTRAINT pocket_goal_derived CHECK (goal_derived IN ('targetMinor', 'targetDate', 'monthlyMinor'));
GRANT UPDATE (goal_derived) ON pocket TO financial;

CREATE OR REPLACE VIEW pocket_facts AS
SELECT p.id, p.owner_id AS "ownerId", p.name, p.emoji, p.currency, a.posted_minor AS "balanceMinor", a.entry_count AS "entryCount",
  p.target_minor AS "targetMinor", p.target_date AS "targetDate", p.monthly_minor AS "monthlyMinor", p.visibility, p.version,
  p.created_at AS "createdAt", p.closed_at AS "closedAt",
  (SELECT coalesce(jsonb_agg(jsonb_build_object('month', to_char(m.month, 'YYYY-MM'), 'netMinor', m.net_minor)), '[]')
   FROM (SELECT month, net_minor FROM pocket_month WHERE pocket_id = p.id ORDER BY month DESC LIMIT 5) m) AS months,
  CASE WHEN p.closed_at IS NULL AND p.share_audience IS NOT NULL
    THEN jsonb_build_object('audience', p.share_audience, 'showAmount', p.share_shows_amount) END AS shared,
  p.goal_derived AS derived
FROM pocket p JOIN ledger_account a ON a.id = p.id;

-- {ownerId, key, hash, name, emoji, currency, targetMinor, targetDate, monthlyMinor, derived, disagreement, visibility, openingMinor,
-- source, at, today}: opens a pocket, with money from the wallet when openingMinor says so. `disagreement` is what is wrong with
-- the goal, which counts only once the key is known to be new.
CREATE OR REPLACE FUNCTION open_pocket(request jsonb) RETURNS jsonb
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
  IF (request ->> 'targetDate')::date <= coalesce((request ->> 'today')::date, (at AT TIME ZONE 'UTC')::date) THEN
    RETURN refuse('target_date_passed');
  END IF;
  IF request -> 'disagreement' IS NOT NULL THEN
    RETURN refuse('plan_inconsistent', request #>> '{disagreement,detail}')
      || jsonb_build_object('extensions', jsonb_build_object('feasible', request #> '{disagreement,feasible}'));
  END IF;
  IF amount IS NOT NULL THEN
    IF amount < 1 THEN RAISE EXCEPTION 'opening money needs a positive amount'; END IF;
    wallet := find_account(person, 'wallet', request ->> 'currency');
    PERFORM lock_accounts(ARRAY[wallet]);
    IF NOT EXISTS (SELECT FROM ledger_account WHERE id = wallet AND posted_minor - reserved_minor >= amount) THEN
      RETURN refuse('insufficient_funds');
    END IF;
    reply := refuse_frozen(person, ARRAY[wallet]);
    IF reply IS NOT NULL THEN RETURN reply; END IF;
  END IF;

  INSERT INTO ledger_account (id, owner_id, holder_id, kind, currency) VALUES (opened, person, opened, 'pocket', request ->> 'currency');
  INSERT INTO pocket (id, owner_id, name, emoji, currency, target_minor, target_date, monthly_minor, goal_derived, visibility, created_at, updated_at)
  VALUES (opened, person, request ->> 'name', request ->> 'emoji', request ->> 'currency', (request ->> 'targetMinor')::bigint,
    (request ->> 'targetDate')::date, (request ->> 'monthlyMinor')::bigint, request ->> 'derived', request ->> 'visibility', at, at);
  INSERT INTO pocket_member (pocket_id, member_id, role, joined_at) VALUES (opened, person, 'owner', at);
  IF amount IS NOT NULL THEN
    PERFORM book('opening', person, request ->> 'source', NULL, at, ARRAY[wallet, opened], ARRAY[-amount, amount]);
  END IF;
  RETURN keep_reply(request, 'createPocket', done(201, pocket_as_seen(opened, person)));
END $$;

-- The number of an account's last entry booked until a moment, 0 before the first. Entries are counted in the order in which
-- they were booked, so halving finds it among a million in twenty reads of the index.
CREATE FUNCTION last_entry(account uuid, moment timestamptz) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
  low bigint := 0;
  high bigint := (SELECT entry_count FROM ledger_account WHERE id = account);
  middle bigint;
BEGIN
  WHILE low < high LOOP
    middle := (low + high + 1) / 2;
    IF (SELECT t.booked_at <= moment FROM ledger_entry e JOIN ledger_transaction t ON t.id = e.transaction_id
        WHERE e.account_id = account AND e.seq = middle) THEN
      low := middle;
    ELSE
      high := middle - 1;
    END IF;
  END LOOP;
  RETURN coalesce(low, 0);
END $$;

CREATE FUNCTION balance_after(account uuid, entry bigint) RETURNS bigint LANGUAGE sql STABLE
RETURN coalesce((SELECT balance_after_minor FROM ledger_entry WHERE account_id = account AND seq = entry), 0);

-- What an account held at a moment.
CREATE FUNCTION balance_at(account uuid, moment timestamptz) RETURNS bigint LANGUAGE sql STABLE
RETURN balance_after(account, last_entry(account, moment));

-- A pocket's balances at the ends of days, weeks or months, up to the present day: at most 200, oldest first. A closed pocket's
-- end with the day of its closing.
CREATE FUNCTION pocket_history(pocket_id uuid, at timestamptz) RETURNS jsonb LANGUAGE sql STABLE AS $$
  WITH span AS (
    SELECT (created_at AT TIME ZONE 'UTC')::date AS first, (coalesce(closed_at, at) AT TIME ZONE 'UTC')::date AS last
    FROM pocket WHERE id = pocket_id
  ), step AS (
    SELECT first, last, CASE WHEN last - first < 200 THEN 'day' WHEN last - first < 1400 THEN 'week' ELSE 'month' END AS unit FROM span
  ), point AS (
    SELECT (last - n * ('1 ' || unit)::interval)::date AS day FROM step, generate_series(0, 199) n
    WHERE (last - n * ('1 ' || unit)::interval)::date >= first
  )
  SELECT jsonb_build_object('step', (SELECT unit FROM step), 'points', (
    SELECT coalesce(jsonb_agg(jsonb_build_object('day', day, 'balanceMinor',
      balance_at(pocket_id, (day + 1)::timestamp AT TIME ZONE 'UTC' - interval '1 millisecond')) ORDER BY day), '[]') FROM point));
$$;
