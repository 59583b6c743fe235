-- CreateTable
CREATE TABLE "asked_person" (
    "asker_id" UUID NOT NULL,
    "asked_id" UUID NOT NULL,
    "on_day" DATE NOT NULL,
    "times" SMALLINT NOT NULL,

    CONSTRAINT "asked_person_pkey" PRIMARY KEY ("asker_id","asked_id")
);

-- CreateIndex
CREATE INDEX "asked_person_asked_id_idx" ON "asked_person"("asked_id");

-- CreateIndex
CREATE INDEX "cover_origin_id_idx" ON "cover"("origin_id");

-- What follows cannot be said in schema.prisma.
--
-- Who is asked into pockets and challenges, or to guard a lock, hears of it. What they were asked stands in their lists however often
-- it is taken back and asked anew; the notices of one person to another end after the tenth of a day (UTC).

-- Tells a person that another asks them something.
CREATE FUNCTION ask_person(person uuid, subject_id uuid, asker uuid, at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO asked_person AS kept (asker_id, asked_id, on_day, times) VALUES (asker, person, day_in('UTC', at), 1)
  ON CONFLICT (asker_id, asked_id) DO UPDATE
  SET on_day = excluded.on_day, times = CASE WHEN kept.on_day = excluded.on_day THEN kept.times + 1 ELSE 1 END
  WHERE kept.on_day <> excluded.on_day OR kept.times < 10;
  IF FOUND THEN PERFORM tell_person(person, 'pocket_invitation', 'invitation', subject_id, asker); END IF;
END $$;

-- {ownerId, key, hash, pocketId, inviteeId, role, at}: asks a person to join, and tells them.
CREATE OR REPLACE FUNCTION invite_to_pocket(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  shared uuid := (request ->> 'pocketId')::uuid;
  invitee uuid := (request ->> 'inviteeId')::uuid;
  at timestamptz := (request ->> 'at')::timestamptz;
  invited uuid := uuidv7();
  reply jsonb := claim_request(request, 'createInvitation');
BEGIN
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  IF member_role(shared, person) IS NULL OR NOT hold_person(invitee) OR invitee = house() THEN RETURN refuse('not_found'); END IF;
  PERFORM lock_accounts(ARRAY[shared]);
  reply := refuse_manager(shared, person);
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  IF member_role(shared, invitee) IS NOT NULL THEN RETURN refuse('already_member'); END IF;
  IF EXISTS (SELECT FROM pocket_invitation
    WHERE pocket_id = shared AND invitee_id = invitee AND status = 'pending' AND expires_at > at)
  THEN RETURN refuse('already_invited'); END IF;
  IF living_members(shared) + (SELECT count(*) FROM pocket_invitation WHERE pocket_id = shared AND status = 'pending' AND expires_at > at)
    >= most_members() THEN RETURN refuse('pocket_full'); END IF;

  INSERT INTO pocket_invitation (id, pocket_id, inviter_id, invitee_id, role, created_at, expires_at)
  VALUES (invited, shared, person, invitee, request ->> 'role', at, at + interval '14 days');
  PERFORM ask_person(invitee, invited, person, at);
  RETURN keep_reply(request, 'createInvitation', done(201, invitation_of(invited)));
END $$;

-- Asks a person to guard a pocket's lock, in the place of one who has not accepted; false when they are asked already.
CREATE OR REPLACE FUNCTION name_guardian(named uuid, guardian uuid, person uuid, at timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  asked uuid := uuidv7();
BEGIN
  IF guardian IS NULL OR EXISTS (
    SELECT FROM pocket_guardian WHERE pocket_id = named AND guardian_id = guardian AND status IN ('pending', 'accepted')
  ) THEN RETURN false; END IF;
  UPDATE pocket_guardian SET status = 'ended' WHERE pocket_id = named AND status <> 'ended';
  INSERT INTO pocket_guardian (id, pocket_id, guardian_id, created_at) VALUES (asked, named, guardian, at);
  PERFORM ask_person(guardian, asked, person, at);
  RETURN true;
END $$;

-- {ownerId, pocketId, until, untilMinor, delayHours, guardianId, at}: locks a pocket, or makes its lock stronger at once. A shorter delay
-- counts when the old one has passed; a lock that would open earlier, or lose a guardian who has accepted, is refused. Without a
-- guardianId the present guardian stays. The same again changes nothing.
CREATE OR REPLACE FUNCTION lock_pocket(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
DECLARE
  named uuid := (request ->> 'pocketId')::uuid;
  person uuid := (request ->> 'ownerId')::uuid;
  guardian uuid := (request ->> 'guardianId')::uuid;
  at timestamptz := (request ->> 'at')::timestamptz;
  balance bigint;
  present pocket_lock%ROWTYPE;
  wanted pocket_lock%ROWTYPE;
  reply jsonb;
BEGIN
  IF guardian = house() OR NOT coalesce(hold_person(guardian), true) THEN RETURN refuse('not_found'); END IF;
  PERFORM lock_accounts(ARRAY(SELECT id FROM pocket WHERE id = named));
  reply := refuse_manager(named, person);
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  IF guardian = person THEN RETURN refuse('guardian_unfit'); END IF;
  SELECT posted_minor INTO STRICT balance FROM ledger_account WHERE id = named;
  -- The guardian before the lock, as an erasure takes them.
  PERFORM FROM pocket_guardian WHERE pocket_id = named AND status <> 'ended' FOR UPDATE;
  SELECT * INTO present FROM pocket_lock WHERE pocket_id = named FOR UPDATE;
  wanted.pocket_id := named;
  wanted.until := (request ->> 'until')::timestamptz;
  wanted.until_minor := (request ->> 'untilMinor')::bigint;
  wanted.delay_hours := (request ->> 'delayHours')::smallint;
  wanted.amount_reached := false;
  wanted.locked_at := at;
  IF wanted.until <= at THEN RETURN refuse('lock_date_passed'); END IF;
  IF wanted.until_minor <= balance THEN RETURN refuse('lock_amount_reached'); END IF;

  IF is_in_force(present, balance, at) THEN
    IF opens_earlier(wanted, present) OR EXISTS (
      SELECT FROM pocket_guardian WHERE pocket_id = named AND status = 'accepted' AND guardian_id <> guardian
    ) THEN RETURN refuse('lock_not_weakened'); END IF;
    wanted := keep_delay(wanted, present, at);
    IF NOT name_guardian(named, guardian, person, at) AND wanted IS NOT DISTINCT FROM present THEN RETURN done(200, lock_of(named)); END IF;
  ELSE
    UPDATE pocket_guardian SET status = 'ended' WHERE pocket_id = named AND status <> 'ended';
    PERFORM name_guardian(named, guardian, person, at);
  END IF;
  PERFORM put_lock(wanted);
  PERFORM touch_pocket(named, at);
  RETURN done(200, lock_of(named));
END $$;

-- {ownerId, key, hash, name, kind, pocketId, memberIds, endsAt, at}: begins a challenge and tells those who are asked.
CREATE OR REPLACE FUNCTION create_challenge(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  brought uuid := (request ->> 'pocketId')::uuid;
  ends timestamptz := (request ->> 'endsAt')::timestamptz;
  at timestamptz := (request ->> 'at')::timestamptz;
  asked uuid[] := ARRAY(SELECT DISTINCT id::uuid FROM jsonb_array_elements_text(request -> 'memberIds') AS id ORDER BY 1);
  created uuid := uuidv7();
  reply jsonb := claim_request(request, 'createChallenge');
BEGIN
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  IF ends <= at OR ends > at + interval '8784 hours' THEN RETURN refuse('challenge_end_unfit'); END IF;
  asked := array_remove(asked, person);
  IF house() = ANY (asked) OR EXISTS (SELECT FROM unnest(person || asked) AS id WHERE NOT hold_person(id)) THEN RETURN refuse('not_found'); END IF;
  IF brought IS NOT NULL THEN
    reply := refuse_entering(brought, person, request ->> 'kind');
    IF reply IS NOT NULL THEN RETURN reply; END IF;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('challenges ' || person, 0));
  IF (SELECT count(*) FROM challenge WHERE creator_id = person AND ends_at > at) >= most_challenges() THEN RETURN refuse('too_many_challenges'); END IF;

  INSERT INTO challenge (id, creator_id, name, kind, created_at, ends_at)
  VALUES (created, person, request ->> 'name', request ->> 'kind', at, ends);
  INSERT INTO challenge_member (challenge_id, member_id, created_at, joined_at, pocket_id) VALUES (created, person, at, at, brought);
  INSERT INTO challenge_member (challenge_id, member_id, created_at) SELECT created, id, at FROM unnest(asked) AS id;
  PERFORM ask_person(id, created, person, at) FROM unnest(asked) AS id;
  RETURN keep_reply(request, 'createChallenge', done(201, challenge_as_seen(created, person, at)));
END $$;

-- What says something about the person and is not needed for the books.
CREATE OR REPLACE FUNCTION forget_details(person uuid, at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  UPDATE pocket SET name = '', emoji = NULL, target_minor = NULL, target_date = NULL, monthly_minor = NULL,
    share_audience = NULL, share_shows_amount = false, updated_at = at, version = version + 1
  WHERE owner_id = person;
  UPDATE pocket_approval SET request = request - 'note' WHERE requester_id = person;
  DELETE FROM pocket_invitation WHERE invitee_id = person;
  DELETE FROM asked_person WHERE person IN (asker_id, asked_id);
  DELETE FROM idempotency WHERE owner_id = person;
  DELETE FROM bank_account WHERE owner_id = person;
  DELETE FROM bank_connection WHERE owner_id = person;
END $$;

-- The last cover of a person's transaction that came about or may still; null where there is none. By the id under which it was covered,
-- or was told first.
CREATE OR REPLACE FUNCTION cover_of(transaction uuid, person uuid, at timestamptz) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object('transactionId', cover.transaction_id, 'pocketId', cover.pocket_id, 'approvalId', cover.approval_id,
    'refundId', cover.refund_id, 'movement', movement_of(cover.movement_id, cover.pocket_id),
    'amountMinor', coalesce((SELECT -amount_minor FROM ledger_entry WHERE transaction_id = cover.movement_id AND account_id = cover.pocket_id),
      (asked.request ->> 'amountMinor')::bigint), 'currency', pocket.currency)
  FROM cover JOIN pocket ON pocket.id = cover.pocket_id
    LEFT JOIN ledger_transaction booked ON booked.id = cover.movement_id LEFT JOIN pocket_approval asked ON asked.id = cover.approval_id
  WHERE cover_of.transaction IN (cover.transaction_id, cover.origin_id) AND coalesce(booked.owner_id, asked.requester_id) = person
    AND (booked.id IS NOT NULL OR (asked.status = 'pending' AND asked.expires_at > at))
  ORDER BY cover.id DESC LIMIT 1
$$;

-- What a person has covered, or asked to.
CREATE FUNCTION covers_of(person uuid) RETURNS SETOF uuid LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT cover.id FROM ledger_transaction booked JOIN cover ON cover.movement_id = booked.id WHERE booked.owner_id = person AND booked.source = 'cover'
  UNION
  SELECT cover.id FROM pocket_approval asked JOIN cover ON cover.approval_id = asked.id WHERE asked.requester_id = person;
END;

REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON asked_person FROM financial;
REVOKE EXECUTE ON FUNCTION ask_person FROM PUBLIC, financial;
