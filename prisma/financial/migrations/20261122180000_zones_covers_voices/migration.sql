-- AlterTable
ALTER TABLE "pocket_member" ADD COLUMN     "voice_from" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "person_preference" (
    "person_id" UUID NOT NULL,
    "time_zone" TEXT NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "person_preference_pkey" PRIMARY KEY ("person_id")
);

-- CreateTable
CREATE TABLE "pocket_month_edge" (
    "pocket_id" UUID NOT NULL,
    "month" DATE NOT NULL,
    "quarter" SMALLINT NOT NULL,
    "net_minor" BIGINT NOT NULL,

    CONSTRAINT "pocket_month_edge_pkey" PRIMARY KEY ("pocket_id","month","quarter")
);

-- CreateTable
CREATE TABLE "cover" (
    "id" UUID NOT NULL,
    "transaction_id" UUID NOT NULL,
    "account_id" UUID NOT NULL,
    "booked_on" DATE NOT NULL,
    "pocket_id" UUID NOT NULL,
    "movement_id" UUID,
    "approval_id" UUID,
    "refund_id" UUID,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "cover_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "cover_movement_id_key" ON "cover"("movement_id");

-- CreateIndex
CREATE UNIQUE INDEX "cover_approval_id_key" ON "cover"("approval_id");

-- CreateIndex
CREATE UNIQUE INDEX "cover_refund_id_key" ON "cover"("refund_id");

-- CreateIndex
CREATE INDEX "cover_transaction_id_id_idx" ON "cover"("transaction_id", "id" DESC);

-- CreateIndex
CREATE INDEX "cover_account_id_idx" ON "cover"("account_id");

-- AddForeignKey
ALTER TABLE "pocket_month_edge" ADD CONSTRAINT "pocket_month_edge_pocket_id_fkey" FOREIGN KEY ("pocket_id") REFERENCES "pocket"("id") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "cover" ADD CONSTRAINT "cover_pocket_id_fkey" FOREIGN KEY ("pocket_id") REFERENCES "pocket"("id") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "cover" ADD CONSTRAINT "cover_movement_id_fkey" FOREIGN KEY ("movement_id") REFERENCES "ledger_transaction"("id") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "cover" ADD CONSTRAINT "cover_approval_id_fkey" FOREIGN KEY ("approval_id") REFERENCES "pocket_approval"("id") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- What follows cannot be said in schema.prisma.

-- Days and months of a person: by their time zone.

CREATE INDEX person_preference_hash ON person_preference (person_hash(person_id));

CREATE FUNCTION zone_of(person uuid) RETURNS text LANGUAGE sql STABLE
RETURN coalesce((SELECT time_zone FROM person_preference WHERE person_id = person), 'UTC');

-- {ownerId, timeZone, at}: what a person prefers.
CREATE FUNCTION put_preferences(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
BEGIN
  IF NOT hold_person(person) THEN RETURN refuse('forbidden'); END IF;
  IF NOT is_time_zone(request ->> 'timeZone') THEN RETURN refuse('time_zone_unknown'); END IF;
  INSERT INTO person_preference (person_id, time_zone, updated_at)
  VALUES (person, request ->> 'timeZone', (request ->> 'at')::timestamptz)
  ON CONFLICT (person_id) DO UPDATE SET time_zone = excluded.time_zone, updated_at = excluded.updated_at;
  RETURN done(200, jsonb_build_object('timeZone', zone_of(person)));
END $$;

-- They go with the person, whose hash is all that an erasure leaves.
CREATE FUNCTION forget_preferences() RETURNS trigger LANGUAGE plpgsql SET search_path = financial, pg_temp AS $$
BEGIN
  DELETE FROM person_preference WHERE person_hash(person_id) = NEW.person_hash;
  RETURN NULL;
END $$;
CREATE TRIGGER preferences_are_forgotten AFTER INSERT ON erased_person FOR EACH ROW EXECUTE FUNCTION forget_preferences();

-- pocket_month counts in UTC. What was booked so near to the end of a month that it belongs to another month somewhere on earth
-- (zones reach from 12 hours behind UTC to 14 ahead) is kept by the quarter of an hour, counted from the edge: every zone's months
-- follow from both. No entry is read for it, and what is booked on other days costs nothing.
CREATE FUNCTION edge_near(moment timestamptz) RETURNS timestamp LANGUAGE sql IMMUTABLE
RETURN date_trunc('month', (moment AT TIME ZONE 'UTC') + interval '14 hours');

CREATE FUNCTION quarter_from_edge(moment timestamptz) RETURNS smallint LANGUAGE sql IMMUTABLE
RETURN floor(extract(epoch FROM (moment AT TIME ZONE 'UTC') - edge_near(moment)) / 900);

CREATE FUNCTION is_near_edge(moment timestamptz) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN (moment AT TIME ZONE 'UTC') < edge_near(moment) + interval '14 hours';

CREATE FUNCTION note_month_edge() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
BEGIN
  INSERT INTO pocket_month_edge (pocket_id, month, quarter, net_minor)
  SELECT pocket.id, edge_near(NEW.booked_at)::date, quarter_from_edge(NEW.booked_at), entry.amount_minor
  FROM ledger_entry entry JOIN pocket ON pocket.id = entry.account_id WHERE entry.transaction_id = NEW.id
  ON CONFLICT (pocket_id, month, quarter) DO UPDATE SET net_minor = pocket_month_edge.net_minor + excluded.net_minor;
  RETURN NULL;
END $$;

-- Deferred, because the entries come after their transaction; the accounts are locked until then. The condition is is_near_edge in
-- full: it is made ready for every insert, and a function's body would have to be read each time.
CREATE CONSTRAINT TRIGGER month_edge AFTER INSERT ON ledger_transaction DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.kind NOT IN ('opening', 'sweep') AND
    date_trunc('month', NEW.booked_at + interval '14 hours', 'UTC') > date_trunc('month', NEW.booked_at - interval '14 hours', 'UTC'))
  EXECUTE FUNCTION note_month_edge();

INSERT INTO pocket_month_edge (pocket_id, month, quarter, net_minor)
SELECT pocket.id, edge_near(t.booked_at)::date, quarter_from_edge(t.booked_at), sum(entry.amount_minor)
FROM ledger_transaction t JOIN ledger_entry entry ON entry.transaction_id = t.id JOIN pocket ON pocket.id = entry.account_id
WHERE t.kind NOT IN ('opening', 'sweep') AND is_near_edge(t.booked_at)
GROUP BY 1, 2, 3;

-- What the last months of a zone brought to a pocket, at most 5 that had movements, newest first.
CREATE FUNCTION months_in(pocket uuid, zone text) RETURNS jsonb LANGUAGE sql STABLE AS $$
  WITH kept AS (
    SELECT month, net_minor FROM pocket_month WHERE pocket_id = months_in.pocket ORDER BY month DESC LIMIT 6
  ), moved AS (
    SELECT edge.month, CASE WHEN edge.quarter < 0 THEN edge.net_minor ELSE -edge.net_minor END AS net_minor
    FROM pocket_month_edge edge
    WHERE edge.pocket_id = months_in.pocket AND edge.month >= (SELECT min(month) FROM kept)
      AND (edge.quarter < 0) <> (edge.quarter < extract(epoch FROM beginning_of(edge.month, zone) - beginning_of(edge.month, 'UTC')) / 900)
  )
  SELECT coalesce(jsonb_agg(jsonb_build_object('month', to_char(month, 'YYYY-MM'), 'netMinor', net) ORDER BY month DESC), '[]') FROM (
    SELECT month, sum(net_minor) AS net FROM (
      SELECT * FROM kept UNION ALL SELECT * FROM moved UNION ALL SELECT (month - interval '1 month')::date, -net_minor FROM moved) part
    GROUP BY month ORDER BY month DESC LIMIT 5) newest
$$;

-- What a person's time zone adds to the facts of a pocket; nothing where it is UTC.
CREATE FUNCTION in_zone_of(person uuid, pocket uuid) RETURNS jsonb LANGUAGE sql STABLE
RETURN coalesce((
  SELECT jsonb_build_object('timeZone', time_zone, 'months', months_in(pocket, time_zone))
  FROM person_preference WHERE person_id = person AND time_zone <> 'UTC'), '{}');

-- A pocket as one of its members sees it.
CREATE OR REPLACE FUNCTION pocket_as_seen(pocket uuid, person uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT to_jsonb(facts) || jsonb_build_object('viewerId', person, 'viewerRole', member_role(pocket, person)) || in_zone_of(person, facts.id)
  FROM pocket_facts facts WHERE id = pocket;
$$;

-- A pocket's balances at the ends of days, weeks or months of a zone, up to the present day: at most 200, oldest first. A closed
-- pocket's end with the day of its closing.
CREATE FUNCTION pocket_history(pocket_id uuid, at timestamptz, zone text) RETURNS jsonb LANGUAGE sql STABLE AS $$
  WITH span AS (
    SELECT day_in(zone, created_at) AS first, day_in(zone, coalesce(closed_at, at)) AS last FROM pocket WHERE id = pocket_id
  ), step AS (
    SELECT first, last, CASE WHEN last - first < 200 THEN 'day' WHEN last - first < 1400 THEN 'week' ELSE 'month' END AS unit FROM span
  ), point AS (
    SELECT (last - n * ('1 ' || unit)::interval)::date AS day FROM step, generate_series(0, 199) n
    WHERE (last - n * ('1 ' || unit)::interval)::date >= first
  )
  SELECT jsonb_build_object('step', (SELECT unit FROM step), 'points', (
    SELECT coalesce(jsonb_agg(jsonb_build_object('day', day, 'balanceMinor',
      balance_at(pocket_id, beginning_of(day + 1, zone) - interval '1 millisecond')) ORDER BY day), '[]') FROM point));
$$;

CREATE OR REPLACE FUNCTION pocket_history(pocket_id uuid, at timestamptz) RETURNS jsonb LANGUAGE sql STABLE
RETURN pocket_history(pocket_id, at, 'UTC');

-- Opening money comes from the wallet or out of another pocket of the person.

-- Why money cannot leave its source for a new pocket, its account locked; null when it can. A pocket is only such a source where
-- nobody else has to agree.
CREATE FUNCTION refuse_opening(person uuid, from_pocket uuid, giver uuid, amount bigint, at timestamptz) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  account ledger_account%ROWTYPE;
  reply jsonb := CASE WHEN from_pocket IS NOT NULL THEN refuse_member(from_pocket, person, true) END;
BEGIN
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  SELECT * INTO account FROM ledger_account WHERE id = giver;
  IF account.status = 'closed' THEN RETURN refuse('pocket_closed'); END IF;
  IF coalesce(account.posted_minor - account.reserved_minor < amount, true) THEN RETURN refuse('insufficient_funds'); END IF;
  IF from_pocket IS NOT NULL THEN
    reply := refuse_locked(from_pocket, amount, at);
    IF reply IS NOT NULL THEN RETURN reply; END IF;
  END IF;
  reply := refuse_frozen(person, ARRAY[giver]);
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  IF amount > (SELECT approvals_above_minor FROM pocket WHERE id = from_pocket) AND approvals_in_force(from_pocket, person) > 0 THEN
    RETURN refuse('approval_needed');
  END IF;
  RETURN NULL;
END $$;

-- {ownerId, key, hash, name, emoji, currency, targetMinor, targetDate, monthlyMinor, derived, disagreement, visibility, openingMinor,
-- fromPocketId, source, at, today}: opens a pocket, with money from the wallet or the pocket named when openingMinor says so.
-- `disagreement` is what is wrong with the goal, which counts only once the key is known to be new.
CREATE OR REPLACE FUNCTION open_pocket(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  amount bigint := (request ->> 'openingMinor')::bigint;
  from_pocket uuid := (request ->> 'fromPocketId')::uuid;
  money text := request ->> 'currency';
  at timestamptz := (request ->> 'at')::timestamptz;
  giver uuid;
  opened uuid := uuidv7();
  reply jsonb := claim_request(request, 'createPocket');
BEGIN
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  IF (request ->> 'targetDate')::date <= coalesce((request ->> 'today')::date, day_in(zone_of(person), at)) THEN
    RETURN refuse('target_date_passed');
  END IF;
  IF request -> 'disagreement' IS NOT NULL THEN
    RETURN refuse('plan_inconsistent', request #>> '{disagreement,detail}')
      || jsonb_build_object('extensions', jsonb_build_object('feasible', request #> '{disagreement,feasible}'));
  END IF;
  IF amount IS NOT NULL THEN
    IF amount < 1 THEN RAISE EXCEPTION 'opening money needs a positive amount'; END IF;
    IF from_pocket IS NOT NULL THEN
      IF member_role(from_pocket, person) IS NULL THEN RETURN refuse('not_found'); END IF;
      IF (SELECT currency FROM pocket WHERE id = from_pocket) <> money THEN RETURN refuse('fx_not_supported'); END IF;
    END IF;
    giver := coalesce(from_pocket, find_account(person, 'wallet', money));
    PERFORM lock_accounts(ARRAY[giver]);
    reply := refuse_opening(person, from_pocket, giver, amount, at);
    IF reply IS NOT NULL THEN RETURN reply; END IF;
  END IF;

  INSERT INTO ledger_account (id, owner_id, holder_id, kind, currency) VALUES (opened, person, opened, 'pocket', money);
  INSERT INTO pocket (id, owner_id, name, emoji, currency, target_minor, target_date, monthly_minor, goal_derived, visibility, created_at, updated_at)
  VALUES (opened, person, request ->> 'name', request ->> 'emoji', money, (request ->> 'targetMinor')::bigint,
    (request ->> 'targetDate')::date, (request ->> 'monthlyMinor')::bigint, request ->> 'derived', request ->> 'visibility', at, at);
  INSERT INTO pocket_member (pocket_id, member_id, role, joined_at) VALUES (opened, person, 'owner', at);
  IF amount IS NOT NULL THEN
    PERFORM book('opening', person, request ->> 'source', NULL, at, ARRAY[giver, opened], ARRAY[-amount, amount]);
  END IF;
  RETURN keep_reply(request, 'createPocket', done(201, pocket_as_seen(opened, person)));
END $$;

-- A cover pays for what a bank has posted out of a pocket: the posted sum moves into the wallet, once. It is in force until its
-- movement is reversed or the others do not agree; then the transaction may be covered anew.

ALTER TABLE ledger_transaction
  DROP CONSTRAINT ledger_transaction_source,
  ADD CONSTRAINT ledger_transaction_source CHECK (source IN ('person', 'provider', 'seed', 'rule', 'cover'));
ALTER TABLE cover ADD CONSTRAINT cover_cause CHECK (movement_id IS NOT NULL OR approval_id IS NOT NULL);
CREATE UNIQUE INDEX cover_in_force ON cover (transaction_id) WHERE ended_at IS NULL;

CREATE OR REPLACE VIEW movement_facts AS
SELECT e.transaction_id AS id, e.account_id AS "pocketId", e.owner_id AS "ownerId", e.seq, t.kind, t.source, t.note, e.currency,
  e.amount_minor AS "amountMinor", e.balance_after_minor AS "balanceAfterMinor", t.booked_at AS "createdAt", t.reverses_id AS "reversesId",
  (SELECT r.id FROM ledger_transaction r WHERE r.reverses_id = t.id) AS "reversedById",
  (SELECT o.account_id FROM ledger_entry o JOIN pocket other ON other.id = o.account_id
   WHERE o.transaction_id = t.id AND o.account_id <> e.account_id) AS "otherPocketId",
  t.owner_id AS "memberId", run.rule_id AS "ruleId", coalesce(run.transaction_id, cover.transaction_id) AS "transactionId"
FROM ledger_entry e JOIN pocket p ON p.id = e.account_id JOIN ledger_transaction t ON t.id = e.transaction_id
  LEFT JOIN rule_run_part part ON part.movement_id = t.id LEFT JOIN rule_run run ON run.id = part.run_id
  LEFT JOIN cover ON cover.movement_id = t.id;

-- The last cover of a person's transaction that came about or may still; null where there is none.
CREATE FUNCTION cover_of(transaction uuid, person uuid, at timestamptz) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object('transactionId', cover.transaction_id, 'pocketId', cover.pocket_id, 'approvalId', cover.approval_id,
    'refundId', cover.refund_id, 'movement', movement_of(cover.movement_id, cover.pocket_id),
    'amountMinor', coalesce((SELECT -amount_minor FROM ledger_entry WHERE transaction_id = cover.movement_id AND account_id = cover.pocket_id),
      (asked.request ->> 'amountMinor')::bigint), 'currency', pocket.currency)
  FROM cover JOIN pocket ON pocket.id = cover.pocket_id
    LEFT JOIN ledger_transaction booked ON booked.id = cover.movement_id LEFT JOIN pocket_approval asked ON asked.id = cover.approval_id
  WHERE cover.transaction_id = cover_of.transaction AND coalesce(booked.owner_id, asked.requester_id) = person
    AND (booked.id IS NOT NULL OR (asked.status = 'pending' AND asked.expires_at > at))
  ORDER BY cover.id DESC LIMIT 1
$$;

-- {ownerId, key, hash}: the answer that is kept for a cover's key; 204 when there is none.
CREATE FUNCTION replay_cover(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
BEGIN
  RETURN coalesce(claim_request(request, 'coverTransaction'), done(204, NULL));
END $$;

-- What a cover of this transaction holds while it is decided: pocket and wallet, and the pocket of a cover that waits for the others.
CREATE FUNCTION hold_for_cover(transaction uuid, person uuid, named uuid, money text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('cover ' || transaction, 0));
  PERFORM lock_accounts(ARRAY[named, find_account(person, 'wallet', money)]
    || ARRAY(SELECT pocket_id FROM cover WHERE transaction_id = transaction AND ended_at IS NULL));
END $$;

-- {ownerId, key, hash, transactionId, accountId, bookedOn, pocketId, amountMinor, currency, at}: covers a transaction of the person,
-- by the rights and approvals of a withdrawal.
CREATE FUNCTION cover_transaction(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  covered uuid := (request ->> 'transactionId')::uuid;
  named uuid := (request ->> 'pocketId')::uuid;
  at timestamptz := (request ->> 'at')::timestamptz;
  reply jsonb := claim_request(request, 'coverTransaction');
BEGIN
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  IF member_role(named, person) IS NULL THEN RETURN refuse('not_found'); END IF;
  PERFORM hold_for_cover(covered, person, named, request ->> 'currency');
  UPDATE pocket_approval SET status = 'cancelled', decided_at = at
  WHERE id IN (SELECT approval_id FROM cover WHERE transaction_id = covered AND ended_at IS NULL) AND status = 'pending' AND expires_at <= at;
  IF EXISTS (SELECT FROM cover WHERE transaction_id = covered AND ended_at IS NULL) THEN RETURN refuse('transaction_already_covered'); END IF;

  reply := move_money(request - 'key' || '{"source": "cover"}', 'coverTransaction', 'pocket_withdrawal', named, NULL);
  IF reply ->> 'outcome' = 'refused' THEN RETURN reply; END IF;
  INSERT INTO cover (id, transaction_id, account_id, booked_on, pocket_id, movement_id, approval_id, started_at)
  VALUES (uuidv7(), covered, (request ->> 'accountId')::uuid, (request ->> 'bookedOn')::date, named,
    CASE WHEN reply ->> 'status' = '201' THEN (reply #>> '{body,id}')::uuid END,
    CASE WHEN reply ->> 'status' = '202' THEN (reply #>> '{body,id}')::uuid END, at);
  IF reply ->> 'status' = '201' THEN reply := done(201, cover_of(covered, person, at)); END IF;
  RETURN keep_reply(request, 'coverTransaction', reply);
END $$;

-- What the others were asked for comes about, or does not.
CREATE FUNCTION decide_cover() RETURNS trigger LANGUAGE plpgsql SET search_path = financial, pg_temp AS $$
BEGIN
  UPDATE cover SET movement_id = NEW.transaction_id, ended_at = CASE WHEN NEW.status <> 'executed' THEN NEW.decided_at END
  WHERE approval_id = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER cover_is_decided AFTER UPDATE OF status ON pocket_approval FOR EACH ROW
  WHEN (OLD.status = 'pending' AND NEW.status <> 'pending' AND NEW.kind = 'withdrawal') EXECUTE FUNCTION decide_cover();

CREATE FUNCTION end_cover() RETURNS trigger LANGUAGE plpgsql SET search_path = financial, pg_temp AS $$
BEGIN
  UPDATE cover SET ended_at = NEW.booked_at WHERE movement_id = NEW.reverses_id;
  RETURN NULL;
END $$;
CREATE TRIGGER cover_ends AFTER INSERT ON ledger_transaction FOR EACH ROW WHEN (NEW.reverses_id IS NOT NULL) EXECUTE FUNCTION end_cover();

-- {personId, transactions}, as note_bank_transactions takes them: the sum of a cover coming back to the account that it left may be
-- its refund, which the cover then names. One refund is for one cover, the oldest one.
CREATE FUNCTION note_refunds(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
DECLARE
  news record;
BEGIN
  FOR news IN
    SELECT told.* FROM jsonb_to_recordset(request -> 'transactions')
      AS told (id uuid, kind text, "accountId" uuid, "amountMinor" bigint, currency text, "bookedOn" date, "possibleDuplicate" boolean)
    WHERE told.kind = 'income' AND told."possibleDuplicate" IS NOT TRUE
  LOOP
    UPDATE cover SET refund_id = news.id WHERE id = (
      SELECT cover.id FROM cover JOIN ledger_transaction booked ON booked.id = cover.movement_id
        JOIN ledger_entry entry ON entry.transaction_id = booked.id AND entry.account_id = cover.pocket_id
      WHERE cover.account_id = news."accountId" AND cover.ended_at IS NULL AND cover.refund_id IS NULL
        AND booked.owner_id = (request ->> 'personId')::uuid AND cover.booked_on <= news."bookedOn"
        AND entry.amount_minor = -abs(news."amountMinor") AND entry.currency = news.currency::char(3)
      ORDER BY cover.id LIMIT 1)
    AND NOT EXISTS (SELECT FROM cover WHERE refund_id = news.id);
  END LOOP;
  RETURN done(204, NULL);
END $$;

-- A say in a pocket. One that is given while others' approval is in force counts for what is asked from seven days later on, which
-- is as long as an approval is pending: nobody brings their own voters to a vote, and the others have the time to see who has come
-- and to leave with their shares. A closing pays everybody out by their shares: there every say counts at once. Where nobody's
-- counts yet, everybody's does, so that newcomers are not left without a say in what is theirs.

-- From when on a say that is given now counts; null for at once.
CREATE FUNCTION says_from(shared uuid, at timestamptz) RETURNS timestamptz LANGUAGE sql STABLE
RETURN (
  SELECT at + interval '7 days' FROM pocket
  WHERE id = shared AND approvals > 0 AND EXISTS (SELECT FROM voices_beside(id, owner_id)));

-- Who decides on an approval.
CREATE FUNCTION voices_on(asked pocket_approval) RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
  SELECT member_id FROM (
    SELECT member.member_id, member.counts, bool_or(member.counts) OVER () AS somebody FROM (
      SELECT voice AS member_id, asked.kind = 'closing' OR coalesce(m.voice_from <= asked.created_at, true) AS counts
      FROM voices_beside(asked.pocket_id, asked.requester_id) AS voice
        JOIN pocket_member m ON m.pocket_id = asked.pocket_id AND m.member_id = voice
    ) member
  ) heard WHERE counts OR NOT somebody
$$;

-- How many others must agree now: as many as when it was asked, but never more than have a say; for a closing everybody.
CREATE OR REPLACE FUNCTION approvals_needed(asked pocket_approval) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN asked.status <> 'pending' THEN asked.needed WHEN asked.kind = 'closing' THEN count(*)
    ELSE least(asked.needed, count(*)) END
  FROM voices_on(asked)
$$;

-- The votes that count: of members who have a say, and for what is decided of whoever gave them.
CREATE OR REPLACE FUNCTION votes_for(asked pocket_approval, agreeing boolean) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT count(*) FROM pocket_approval_vote
  WHERE approval_id = asked.id AND approves = agreeing AND (asked.status <> 'pending' OR member_id IN (SELECT voices_on(asked)))
$$;

-- {ownerId, approvalId, approves, at}: a vote. The one that completes the approval carries it out; while that is not possible, the
-- vote is refused with the reason and not counted. The same vote again changes nothing; another one changes it while it is asked.
CREATE OR REPLACE FUNCTION vote_on_approval(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  voted_on uuid := (request ->> 'approvalId')::uuid;
  agreeing boolean := (request ->> 'approves')::boolean;
  at timestamptz := (request ->> 'at')::timestamptz;
  asked pocket_approval%ROWTYPE;
  accounts uuid[];
  said boolean;
  reply jsonb;
BEGIN
  SELECT * INTO asked FROM pocket_approval WHERE id = voted_on;
  IF NOT FOUND OR member_role(asked.pocket_id, person) IS NULL THEN RETURN refuse('not_found'); END IF;
  IF asked.requester_id = person THEN RETURN refuse('own_approval'); END IF;
  accounts := accounts_of_approval(asked);
  PERFORM lock_accounts(accounts);
  SELECT * INTO STRICT asked FROM pocket_approval WHERE id = asked.id;
  SELECT approves INTO said FROM pocket_approval_vote WHERE approval_id = asked.id AND member_id = person;
  IF asked.status IN ('executed', 'rejected') AND said = agreeing THEN RETURN done(200, approval_of(asked.id, person)); END IF;
  IF person NOT IN (SELECT voices_beside(asked.pocket_id, asked.requester_id)) THEN RETURN refuse('forbidden'); END IF;
  IF asked.status <> 'pending' OR asked.expires_at <= at THEN RETURN refuse('approval_not_pending'); END IF;
  IF person NOT IN (SELECT voices_on(asked)) THEN RETURN refuse('vote_not_counted'); END IF;

  IF agreeing AND votes_for(asked, true) + (said IS NOT TRUE)::integer >= approvals_needed(asked) THEN
    reply := carry_out_approval(asked, accounts, at);
    IF reply ->> 'outcome' = 'refused' THEN RETURN reply; END IF;
    UPDATE pocket_approval SET status = 'executed', needed = approvals_needed(asked), decided_at = at,
      transaction_id = (reply #>> '{body,id}')::uuid
    WHERE id = asked.id;
  ELSIF NOT agreeing AND votes_for(asked, false) + (said IS NOT FALSE)::integer
    > (SELECT count(*) FROM voices_on(asked)) - approvals_needed(asked) THEN
    UPDATE pocket_approval SET status = 'rejected', needed = approvals_needed(asked), decided_at = at WHERE id = asked.id;
  END IF;
  INSERT INTO pocket_approval_vote (approval_id, member_id, approves, voted_at) VALUES (asked.id, person, agreeing, at)
  ON CONFLICT (approval_id, member_id) DO UPDATE SET approves = excluded.approves, voted_at = excluded.voted_at;
  RETURN done(200, approval_of(asked.id, person));
END $$;

-- {ownerId, approvalId, at}: who asked takes it back while it is pending. Again, it changes nothing.
CREATE FUNCTION cancel_approval(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  wanted uuid := (request ->> 'approvalId')::uuid;
  at timestamptz := (request ->> 'at')::timestamptz;
  asked pocket_approval%ROWTYPE;
BEGIN
  SELECT * INTO asked FROM pocket_approval WHERE id = wanted;
  IF NOT FOUND OR member_role(asked.pocket_id, person) IS NULL THEN RETURN refuse('not_found'); END IF;
  IF asked.requester_id <> person THEN RETURN refuse('forbidden'); END IF;
  PERFORM lock_accounts(ARRAY[asked.pocket_id]);
  SELECT * INTO STRICT asked FROM pocket_approval WHERE id = asked.id;
  IF asked.status <> 'cancelled' THEN
    IF asked.status <> 'pending' OR asked.expires_at <= at THEN RETURN refuse('approval_not_pending'); END IF;
    UPDATE pocket_approval SET status = 'cancelled', decided_at = at WHERE id = asked.id;
  END IF;
  RETURN done(200, approval_of(asked.id, person));
END $$;

CREATE OR REPLACE FUNCTION member_of(pocket uuid, person uuid) RETURNS jsonb LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT jsonb_build_object('memberId', m.member_id, 'role', m.role, 'contributedMinor', m.contributed_minor,
    'withdrawnMinor', m.withdrawn_minor, 'currency', p.currency, 'joinedAt', m.joined_at, 'votesFrom', m.voice_from)
  FROM pocket_member m JOIN pocket p ON p.id = m.pocket_id WHERE m.pocket_id = pocket AND m.member_id = person;
END;

-- {ownerId, invitationId, at}: the invited person joins; again, it changes nothing. Who was a member before takes up their old sums.
CREATE OR REPLACE FUNCTION accept_invitation(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  at timestamptz := (request ->> 'at')::timestamptz;
  invitation pocket_invitation%ROWTYPE;
BEGIN
  SELECT * INTO invitation FROM pocket_invitation WHERE id = (request ->> 'invitationId')::uuid AND invitee_id = person;
  IF NOT FOUND OR NOT hold_person(person) THEN RETURN refuse('not_found'); END IF;
  PERFORM lock_accounts(ARRAY[invitation.pocket_id]);
  SELECT * INTO STRICT invitation FROM pocket_invitation WHERE id = invitation.id;
  IF invitation.status = 'accepted' AND member_role(invitation.pocket_id, person) IS NOT NULL THEN
    RETURN done(200, invitation_of(invitation.id));
  END IF;
  IF invitation.status <> 'pending' OR invitation.expires_at <= at THEN RETURN refuse('invitation_not_pending'); END IF;
  IF living_members(invitation.pocket_id) >= most_members() THEN RETURN refuse('pocket_full'); END IF;

  INSERT INTO pocket_member (pocket_id, member_id, role, joined_at, voice_from)
  VALUES (invitation.pocket_id, person, invitation.role, at, says_from(invitation.pocket_id, at))
  ON CONFLICT (pocket_id, member_id) DO UPDATE
  SET role = excluded.role, joined_at = excluded.joined_at, voice_from = excluded.voice_from, left_at = NULL;
  UPDATE pocket_invitation SET status = 'accepted', decided_at = at WHERE id = invitation.id;
  RETURN done(200, invitation_of(invitation.id));
END $$;

-- {ownerId, pocketId, memberId, role, at}: gives a member another role; `owner` hands the pocket over. A share was the old owner's
-- word to those who follow them: it does not pass to the new one.
CREATE OR REPLACE FUNCTION set_member_role(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  shared uuid := (request ->> 'pocketId')::uuid;
  member uuid := (request ->> 'memberId')::uuid;
  given text := request ->> 'role';
  at timestamptz := (request ->> 'at')::timestamptz;
  reply jsonb;
BEGIN
  PERFORM lock_accounts(ARRAY[shared]);
  reply := refuse_manager(shared, person);
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  IF member_role(shared, member) IS NULL THEN RETURN refuse('not_found'); END IF;
  IF member_role(shared, member) = given THEN RETURN done(200, member_of(shared, member)); END IF;
  IF member = person THEN RETURN refuse('owner_must_hand_over'); END IF;

  IF member NOT IN (SELECT voices_beside(shared, person)) THEN
    UPDATE pocket_member SET voice_from = says_from(shared, at) WHERE pocket_id = shared AND member_id = member;
  END IF;
  IF given = 'owner' THEN
    PERFORM hand_over(shared, person, member, at);
  ELSE
    UPDATE pocket_member SET role = given WHERE pocket_id = shared AND member_id = member;
    IF given = 'viewer' THEN PERFORM cancel_requests(shared, member, at); END IF;
  END IF;
  UPDATE pocket SET version = version + 1, updated_at = at WHERE id = shared;
  RETURN done(200, member_of(shared, member));
END $$;

-- The freezes that hold money of a person now: their own, and those of the pockets that they save in.
CREATE FUNCTION freezes_of(person uuid) RETURNS jsonb LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT coalesce(jsonb_agg(jsonb_build_object('kind', f.subject_kind, 'subjectId', f.subject_id, 'reason', d.reason, 'decisionId', d.id,
    'since', d.decided_at) ORDER BY d.decided_at, f.subject_id), '[]')
  FROM money_freeze f JOIN freeze_decision d ON d.id = f.decision_id
  WHERE f.subject_id = person
    OR f.subject_id IN (SELECT pocket_id FROM pocket_member WHERE member_id = person AND left_at IS NULL);
END;

REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON person_preference, pocket_month_edge, cover FROM financial;
REVOKE EXECUTE ON FUNCTION forget_preferences, note_month_edge, refuse_opening, hold_for_cover, decide_cover, end_cover FROM PUBLIC, financial;
