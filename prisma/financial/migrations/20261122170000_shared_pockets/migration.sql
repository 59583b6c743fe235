-- AlterTable
ALTER TABLE "pocket" ADD COLUMN     "approvals" SMALLINT NOT NULL DEFAULT 0,
ADD COLUMN     "approvals_above_minor" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "withdraw_who" TEXT NOT NULL DEFAULT 'owner';

-- CreateTable
CREATE TABLE "pocket_member" (
    "pocket_id" UUID NOT NULL,
    "member_id" UUID NOT NULL,
    "role" TEXT NOT NULL,
    "contributed_minor" BIGINT NOT NULL DEFAULT 0,
    "withdrawn_minor" BIGINT NOT NULL DEFAULT 0,
    "joined_at" TIMESTAMPTZ(3) NOT NULL,
    "left_at" TIMESTAMPTZ(3),

    CONSTRAINT "pocket_member_pkey" PRIMARY KEY ("pocket_id","member_id")
);

-- CreateTable
CREATE TABLE "pocket_invitation" (
    "id" UUID NOT NULL,
    "pocket_id" UUID NOT NULL,
    "inviter_id" UUID NOT NULL,
    "invitee_id" UUID NOT NULL,
    "role" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'pending',
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "decided_at" TIMESTAMPTZ(3),

    CONSTRAINT "pocket_invitation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "pocket_approval" (
    "id" UUID NOT NULL,
    "pocket_id" UUID NOT NULL,
    "requester_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "request" JSONB NOT NULL,
    "needed" SMALLINT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'pending',
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "decided_at" TIMESTAMPTZ(3),
    "transaction_id" UUID,

    CONSTRAINT "pocket_approval_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "pocket_approval_vote" (
    "approval_id" UUID NOT NULL,
    "member_id" UUID NOT NULL,
    "approves" BOOLEAN NOT NULL,
    "voted_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "pocket_approval_vote_pkey" PRIMARY KEY ("approval_id","member_id")
);

-- CreateIndex
CREATE INDEX "pocket_member_member_id_idx" ON "pocket_member"("member_id");

-- CreateIndex
CREATE INDEX "pocket_invitation_invitee_id_created_at_id_idx" ON "pocket_invitation"("invitee_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "pocket_invitation_pocket_id_created_at_id_idx" ON "pocket_invitation"("pocket_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "pocket_approval_pocket_id_created_at_id_idx" ON "pocket_approval"("pocket_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "pocket_invitation_inviter_id_idx" ON "pocket_invitation"("inviter_id");

-- CreateIndex
CREATE INDEX "pocket_approval_requester_id_idx" ON "pocket_approval"("requester_id");

-- CreateIndex
CREATE INDEX "pocket_approval_vote_member_id_idx" ON "pocket_approval_vote"("member_id");

-- AddForeignKey
ALTER TABLE "pocket_member" ADD CONSTRAINT "pocket_member_pocket_id_fkey" FOREIGN KEY ("pocket_id") REFERENCES "pocket"("id") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "pocket_invitation" ADD CONSTRAINT "pocket_invitation_pocket_id_fkey" FOREIGN KEY ("pocket_id") REFERENCES "pocket"("id") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "pocket_approval" ADD CONSTRAINT "pocket_approval_pocket_id_fkey" FOREIGN KEY ("pocket_id") REFERENCES "pocket"("id") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "pocket_approval_vote" ADD CONSTRAINT "pocket_approval_vote_approval_id_fkey" FOREIGN KEY ("approval_id") REFERENCES "pocket_approval"("id") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- What follows cannot be said in schema.prisma.
--
-- A pocket's account keeps, as its owner_id, who opened it; pocket.owner_id is who owns it now. Who may do what stands in
-- pocket_member. Members, policy and approvals are decided under the lock of the pocket's account, as movements are: so no
-- movement, vote, payout or change of a role passes another.

ALTER TABLE pocket
  ADD CONSTRAINT pocket_withdraw_who CHECK (withdraw_who IN ('owner', 'contributors')),
  ADD CONSTRAINT pocket_approvals CHECK (approvals BETWEEN 0 AND 20),
  ADD CONSTRAINT pocket_approvals_above CHECK (approvals_above_minor BETWEEN 0 AND balance_limit());
ALTER TABLE pocket_member ADD CONSTRAINT pocket_member_role CHECK (role IN ('owner', 'contributor', 'viewer'));
CREATE UNIQUE INDEX pocket_member_one_owner ON pocket_member (pocket_id) WHERE role = 'owner' AND left_at IS NULL;
ALTER TABLE pocket_invitation
  ADD CONSTRAINT pocket_invitation_role CHECK (role IN ('contributor', 'viewer')),
  ADD CONSTRAINT pocket_invitation_status CHECK (status IN ('pending', 'accepted', 'declined', 'withdrawn'));
ALTER TABLE pocket_approval
  ADD CONSTRAINT pocket_approval_kind CHECK (kind IN ('withdrawal', 'transfer', 'policy', 'closing')),
  ADD CONSTRAINT pocket_approval_status CHECK (status IN ('pending', 'executed', 'rejected', 'cancelled'));
ALTER TABLE ledger_transaction
  DROP CONSTRAINT ledger_transaction_kind,
  ADD CONSTRAINT ledger_transaction_kind CHECK (kind IN (
    'opening', 'contribution', 'pocket_withdrawal', 'pocket_transfer', 'sweep', 'payout', 'reversal',
    'deposit', 'withdrawal', 'return', 'opening_balance'));
ALTER TABLE pocket_member SET (fillfactor = 70);

-- Every pocket so far has its owner as the one member, who moved everything.
INSERT INTO pocket_member (pocket_id, member_id, role, contributed_minor, withdrawn_minor, joined_at)
SELECT p.id, p.owner_id, 'owner',
  coalesce(sum(e.amount_minor) FILTER (WHERE e.amount_minor > 0 AND t.kind <> 'reversal' OR e.amount_minor < 0 AND t.kind = 'reversal'), 0),
  coalesce(-sum(e.amount_minor) FILTER (WHERE e.amount_minor < 0 AND t.kind <> 'reversal' OR e.amount_minor > 0 AND t.kind = 'reversal'), 0),
  p.created_at
FROM pocket p LEFT JOIN ledger_entry e ON e.account_id = p.id LEFT JOIN ledger_transaction t ON t.id = e.transaction_id
GROUP BY p.id;

-- What a person is to a pocket: owner, contributor, viewer; null for whoever is not, or no longer, a member.
CREATE FUNCTION member_role(pocket uuid, person uuid) RETURNS text LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT role FROM pocket_member WHERE pocket_id = pocket AND member_id = person AND left_at IS NULL;
END;

-- The other members who have a say: owner, contributors, and a viewer whose money is still in the pocket.
CREATE FUNCTION voices_beside(pocket uuid, person uuid) RETURNS SETOF uuid LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT member_id FROM pocket_member
  WHERE pocket_id = pocket AND member_id <> person AND left_at IS NULL AND (role <> 'viewer' OR contributed_minor > withdrawn_minor);
END;

-- How many others must agree to what this person asks for: never more than there are, so that nothing is stranded.
CREATE FUNCTION approvals_in_force(pocket_id uuid, person uuid) RETURNS integer LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT CASE WHEN p.approvals = 0 THEN 0 ELSE least(p.approvals, (SELECT count(*) FROM voices_beside(p.id, person))) END
  FROM pocket p WHERE p.id = approvals_in_force.pocket_id;
END;

-- Locks, freezes and milestones are said later, by those who own these functions: null means that nothing is in the way.
CREATE FUNCTION refuse_locked(pocket uuid, amount bigint, at timestamptz) RETURNS jsonb LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE FUNCTION refuse_frozen(person uuid, accounts uuid[]) RETURNS jsonb LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE FUNCTION note_milestones(pocket uuid, before_minor bigint, after_minor bigint, at timestamptz) RETURNS void LANGUAGE plpgsql AS $$ BEGIN END $$;

-- A notice for a person, by a job in the transaction of its cause. It has its id from here, so that telling it twice is
-- telling it once.
CREATE FUNCTION tell_person(person uuid, notice_kind text, subject_type text, subject_id uuid, actor uuid DEFAULT NULL)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM financial_jobs.add_job('tellPerson', json_build_object('personId', person, 'noticeId', uuidv7(), 'kind', notice_kind,
    'subject', json_build_object('type', subject_type, 'id', subject_id), 'actorId', actor));
END $$;

-- A pocket as one of its members sees it.
CREATE FUNCTION pocket_as_seen(pocket uuid, person uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT to_jsonb(facts) || jsonb_build_object('viewerId', person, 'viewerRole', member_role(pocket, person))
  FROM pocket_facts facts WHERE id = pocket;
$$;

CREATE OR REPLACE VIEW movement_facts AS
SELECT e.transaction_id AS id, e.account_id AS "pocketId", e.owner_id AS "ownerId", e.seq, t.kind, t.source, t.note, e.currency,
  e.amount_minor AS "amountMinor", e.balance_after_minor AS "balanceAfterMinor", t.booked_at AS "createdAt", t.reverses_id AS "reversesId",
  (SELECT r.id FROM ledger_transaction r WHERE r.reverses_id = t.id) AS "reversedById",
  (SELECT o.account_id FROM ledger_entry o JOIN pocket other ON other.id = o.account_id
   WHERE o.transaction_id = t.id AND o.account_id <> e.account_id) AS "otherPocketId",
  t.owner_id AS "memberId"
FROM ledger_entry e JOIN pocket p ON p.id = e.account_id JOIN ledger_transaction t ON t.id = e.transaction_id;

-- Answers kept before there were members say what they would say now.
UPDATE idempotency SET body = body || jsonb_build_object('viewerId', owner_id, 'viewerRole', 'owner')
WHERE operation IN ('createPocket', 'closePocket');
UPDATE idempotency SET body = body || jsonb_build_object('memberId', owner_id)
WHERE operation IN ('createContribution', 'createPocketWithdrawal', 'createPocketTransfer', 'reverseMovement');

-- Writes a transaction: one entry for each account, the kept balances, months, and what each member has put in and taken out.
-- The accounts are locked already. It is the person's doing; a payout is to whom each wallet belongs.
CREATE OR REPLACE FUNCTION book(
  transaction_kind text, person uuid, cause text, words text, at timestamptz, accounts uuid[], amounts bigint[],
  reversed uuid DEFAULT NULL, of_transfer uuid DEFAULT NULL
) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
  booked uuid := uuidv7();
  pockets uuid[];
  balances_before bigint[];
  balances_after bigint[];
  strangers integer;
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
  ), monthly AS (
    INSERT INTO pocket_month (pocket_id, month, owner_id, net_minor)
    SELECT id, date_trunc('month', at AT TIME ZONE 'UTC')::date, owner_id, amount FROM moved
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
  PERFORM note_milestones(changed.id, balance_before, balance_after, at)
  FROM unnest(pockets, balances_before, balances_after) AS changed (id, balance_before, balance_after)
  JOIN pocket ON pocket.id = changed.id AND pocket.target_minor IS NOT NULL;
  RETURN booked;
END $$;

-- Why a person may not put money into a pocket, or take it out; null when they may.
CREATE FUNCTION refuse_member(pocket_id uuid, person uuid, takes boolean) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  held text := member_role(pocket_id, person);
BEGIN
  IF held IS NULL THEN RETURN refuse('not_found'); END IF;
  IF held = 'viewer' THEN RETURN refuse('forbidden'); END IF;
  IF takes AND held <> 'owner' AND EXISTS (SELECT FROM pocket WHERE id = pocket_id AND withdraw_who = 'owner') THEN
    RETURN refuse('forbidden');
  END IF;
  RETURN NULL;
END $$;

-- The accounts of a movement, giver first: a pocket, or where none is named the person's wallet, which may be null for the giver.
CREATE FUNCTION sides_of_move(person uuid, money text, from_pocket uuid, to_pocket uuid) RETURNS uuid[] LANGUAGE plpgsql AS $$
BEGIN
  RETURN ARRAY[
    coalesce(from_pocket, find_account(person, 'wallet', money)),
    CASE WHEN to_pocket IS NULL THEN ensure_account(person, 'wallet', money) ELSE to_pocket END];
END $$;

-- Why a movement cannot be made now, its accounts (giver, taker) locked; null when it can, whoever has to agree to it.
CREATE FUNCTION refuse_carrying(person uuid, amount bigint, at timestamptz, from_pocket uuid, to_pocket uuid, sides uuid[])
RETURNS jsonb LANGUAGE sql VOLATILE
RETURN coalesce(
  CASE WHEN from_pocket IS NOT NULL THEN refuse_member(from_pocket, person, true) END,
  CASE WHEN to_pocket IS NOT NULL THEN refuse_member(to_pocket, person, false) END,
  refuse_move(sides[1], sides[2], amount),
  CASE WHEN from_pocket IS NOT NULL THEN refuse_locked(from_pocket, amount, at) END,
  refuse_frozen(person, sides));

-- The common part of contribution, withdrawal and transfer: from and to are a pocket of the person, or null for the wallet.
CREATE OR REPLACE FUNCTION move_money(request jsonb, operation_name text, transaction_kind text, from_pocket uuid, to_pocket uuid)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  amount bigint := (request ->> 'amountMinor')::bigint;
  money text := request ->> 'currency';
  at timestamptz := (request ->> 'at')::timestamptz;
  sides uuid[];
  named uuid;
  needed integer;
  reply jsonb := claim_request(request, operation_name);
BEGIN
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  IF amount IS NULL OR amount < 1 THEN RAISE EXCEPTION 'a movement needs a positive amount'; END IF;
  FOREACH named IN ARRAY array_remove(ARRAY[from_pocket, to_pocket], NULL) LOOP
    IF member_role(named, person) IS NULL THEN RETURN refuse('not_found'); END IF;
    IF (SELECT currency FROM pocket WHERE id = named) <> money THEN RETURN refuse('fx_not_supported'); END IF;
  END LOOP;
  IF from_pocket = to_pocket THEN RETURN refuse('same_pocket'); END IF;

  sides := sides_of_move(person, money, from_pocket, to_pocket);
  IF sides[1] IS NULL THEN RETURN refuse('insufficient_funds'); END IF;
  PERFORM lock_accounts(sides);
  reply := refuse_carrying(person, amount, at, from_pocket, to_pocket, sides);
  IF reply IS NOT NULL THEN RETURN reply; END IF;

  IF amount > (SELECT approvals_above_minor FROM pocket WHERE id = from_pocket) THEN
    needed := approvals_in_force(from_pocket, person);
    IF needed > 0 THEN
      RETURN keep_reply(request, operation_name, done(202, ask_approval(from_pocket, person,
        CASE WHEN to_pocket IS NULL THEN 'withdrawal' ELSE 'transfer' END,
        jsonb_build_object('amountMinor', amount, 'currency', money, 'note', request -> 'note', 'toPocketId', to_pocket, 'source', request -> 'source'),
        needed, at)));
    END IF;
  END IF;
  named := book(transaction_kind, person, request ->> 'source', request ->> 'note', at, sides, ARRAY[-amount, amount]);
  RETURN keep_reply(request, operation_name, done(201, movement_of(named, coalesce(from_pocket, to_pocket))));
END $$;

-- {ownerId, key, hash, movementId, source, at}: books the opposite of a movement, once, for who made it. From a pocket that others
-- save in too it takes no more than the person's own share: their approval is not asked.
CREATE OR REPLACE FUNCTION reverse_movement(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  at timestamptz := (request ->> 'at')::timestamptz;
  original ledger_transaction%ROWTYPE;
  giver ledger_entry%ROWTYPE;
  taker ledger_entry%ROWTYPE;
  viewed uuid;
  reversal uuid;
  reply jsonb := claim_request(request, 'reverseMovement');
BEGIN
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  -- Only what touched a pocket is a movement to the person, and only while they are a member of it.
  SELECT * INTO original FROM ledger_transaction
  WHERE id = (request ->> 'movementId')::uuid AND owner_id = person AND transfer_id IS NULL AND kind <> 'opening_balance';
  IF NOT FOUND OR EXISTS (
    SELECT FROM ledger_entry JOIN pocket ON pocket.id = account_id
    WHERE transaction_id = original.id AND member_role(pocket.id, person) IS NULL
  ) THEN RETURN refuse('not_found'); END IF;
  IF original.kind NOT IN ('contribution', 'pocket_withdrawal', 'pocket_transfer') THEN RETURN refuse('movement_not_reversible'); END IF;
  SELECT * INTO STRICT taker FROM ledger_entry WHERE transaction_id = original.id AND amount_minor < 0;
  SELECT * INTO STRICT giver FROM ledger_entry WHERE transaction_id = original.id AND amount_minor > 0;

  PERFORM lock_accounts(ARRAY[giver.account_id, taker.account_id]);
  IF EXISTS (SELECT FROM ledger_transaction WHERE reverses_id = original.id) THEN RETURN refuse('movement_already_reversed'); END IF;
  reply := refuse_reversal(person, giver.account_id, taker.account_id, giver.amount_minor, at);
  IF reply IS NOT NULL THEN RETURN reply; END IF;

  reversal := book('reversal', person, request ->> 'source', NULL, at,
    ARRAY[giver.account_id, taker.account_id], ARRAY[-giver.amount_minor, giver.amount_minor], original.id);
  SELECT id INTO viewed FROM ledger_account
  WHERE id IN (giver.account_id, taker.account_id) AND kind = 'pocket' ORDER BY id = taker.account_id DESC LIMIT 1;
  RETURN keep_reply(request, 'reverseMovement', done(201, movement_of(reversal, viewed)));
END $$;

CREATE FUNCTION refuse_reversal(person uuid, giver uuid, taker uuid, amount bigint, at timestamptz) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  held text := member_role(giver, person);
  reply jsonb;
BEGIN
  IF EXISTS (SELECT FROM pocket WHERE id = giver) THEN
    IF held IS NULL THEN RETURN refuse('not_found'); END IF;
    IF EXISTS (SELECT FROM voices_beside(giver, person)) AND amount >
      (SELECT contributed_minor - withdrawn_minor FROM pocket_member WHERE pocket_id = giver AND member_id = person)
    THEN RETURN refuse('own_share_exceeded'); END IF;
    reply := refuse_locked(giver, amount, at);
    IF reply IS NOT NULL THEN RETURN reply; END IF;
  END IF;
  IF EXISTS (SELECT FROM pocket WHERE id = taker) THEN
    reply := refuse_member(taker, person, false);
    IF reply IS NOT NULL THEN RETURN reply; END IF;
  END IF;
  RETURN coalesce(refuse_move(giver, taker, amount), refuse_frozen(person, ARRAY[giver, taker]));
END $$;

-- {ownerId, key, hash, name, emoji, currency, targetMinor, targetDate, monthlyMinor, visibility, openingMinor, source, at}:
-- opens a pocket, with money from the wallet when openingMinor says so.
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
  IF (request ->> 'targetDate')::date <= (at AT TIME ZONE 'UTC')::date THEN RETURN refuse('target_date_passed'); END IF;
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
  INSERT INTO pocket (id, owner_id, name, emoji, currency, target_minor, target_date, monthly_minor, visibility, created_at, updated_at)
  VALUES (opened, person, request ->> 'name', request ->> 'emoji', request ->> 'currency', (request ->> 'targetMinor')::bigint,
    (request ->> 'targetDate')::date, (request ->> 'monthlyMinor')::bigint, request ->> 'visibility', at, at);
  INSERT INTO pocket_member (pocket_id, member_id, role, joined_at) VALUES (opened, person, 'owner', at);
  IF amount IS NOT NULL THEN
    PERFORM book('opening', person, request ->> 'source', NULL, at, ARRAY[wallet, opened], ARRAY[-amount, amount]);
  END IF;
  RETURN keep_reply(request, 'createPocket', done(201, pocket_as_seen(opened, person)));
END $$;

-- {ownerId, key, hash, pocketId, sweepToPocketId, source, at}: closes a pocket, its balance moved to another one if named. Where
-- others have a say, they are asked, and it is paid out to all by their shares.
CREATE OR REPLACE FUNCTION close_pocket(request jsonb) RETURNS jsonb
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
  IF member_role(closing, person) IS NULL THEN RETURN refuse('not_found'); END IF;
  IF sweep_to = closing THEN RETURN refuse('same_pocket'); END IF;
  IF sweep_to IS NOT NULL THEN
    IF member_role(sweep_to, person) IS NULL THEN RETURN refuse('not_found'); END IF;
    IF (SELECT count(DISTINCT currency) FROM pocket WHERE id IN (closing, sweep_to)) > 1 THEN RETURN refuse('fx_not_supported'); END IF;
  END IF;

  PERFORM lock_accounts(ARRAY[closing, sweep_to]);
  SELECT * INTO STRICT account FROM ledger_account WHERE id = closing;
  IF member_role(closing, person) IS DISTINCT FROM 'owner' THEN RETURN refuse('forbidden'); END IF;
  IF account.status = 'closed' THEN RETURN refuse('pocket_closed'); END IF;
  IF EXISTS (SELECT FROM voices_beside(closing, person)) THEN
    IF sweep_to IS NOT NULL THEN RETURN refuse('pocket_shared'); END IF;
    RETURN keep_reply(request, 'closePocket', done(202, ask_to_close(closing, person, request -> 'source', at)));
  END IF;
  IF account.posted_minor > 0 THEN
    IF sweep_to IS NULL THEN RETURN refuse('pocket_not_empty'); END IF;
    reply := coalesce(refuse_member(sweep_to, person, false), refuse_move(closing, sweep_to, account.posted_minor),
      refuse_locked(closing, account.posted_minor, at), refuse_frozen(person, ARRAY[closing, sweep_to]));
    IF reply IS NOT NULL THEN RETURN reply; END IF;
    PERFORM book('sweep', person, request ->> 'source', NULL, at, ARRAY[closing, sweep_to], ARRAY[-account.posted_minor, account.posted_minor]);
  END IF;
  PERFORM end_pocket(closing, at);
  RETURN keep_reply(request, 'closePocket', done(200, pocket_as_seen(closing, person)));
END $$;

-- Nothing moves any more, nobody is waited for.
CREATE FUNCTION end_pocket(closing uuid, at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  UPDATE ledger_account SET status = 'closed' WHERE id = closing;
  UPDATE pocket SET closed_at = at, updated_at = at, version = version + 1 WHERE id = closing;
  UPDATE pocket_invitation SET status = 'withdrawn', decided_at = at WHERE pocket_id = closing AND status = 'pending';
  UPDATE pocket_approval SET status = 'cancelled', decided_at = at WHERE pocket_id = closing AND status = 'pending';
END $$;

-- What each member is due when they go: their own share, contributed − withdrawn. Where somebody has taken more than was theirs,
-- the rest is divided by the shares of the others, by largest remainder; what belongs to nobody's share is the owner's.
CREATE FUNCTION pocket_payouts(pocket uuid) RETURNS TABLE (member_id uuid, amount bigint) LANGUAGE sql STABLE AS $$
  WITH share AS (
    SELECT m.member_id, m.role, m.joined_at, greatest(m.contributed_minor - m.withdrawn_minor, 0)::numeric AS own
    FROM pocket_member m WHERE m.pocket_id = pocket AND m.left_at IS NULL
  ), pot AS (
    SELECT nullif(sum(own), 0) AS owned, a.posted_minor::numeric AS held, least(sum(own), a.posted_minor) AS paid
    FROM share, ledger_account a WHERE a.id = pocket GROUP BY a.posted_minor
  ), part AS (
    SELECT share.*, pot.*, coalesce(div(own * paid, owned), 0) AS whole, coalesce(mod(own * paid, owned), 0) AS rest FROM share, pot
  )
  SELECT member_id, (whole
    + CASE WHEN row_number() OVER (ORDER BY rest DESC, joined_at, member_id) <= paid - sum(whole) OVER () THEN 1 ELSE 0 END
    + CASE role WHEN 'owner' THEN held - paid ELSE 0 END)::bigint
  FROM part
$$;

REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON pocket_member, pocket_invitation, pocket_approval, pocket_approval_vote FROM financial;
REVOKE EXECUTE ON FUNCTION tell_person, sides_of_move, refuse_carrying, refuse_reversal, end_pocket FROM PUBLIC, financial;
