-- AlterTable
ALTER TABLE "pocket_lock" ADD COLUMN     "unlock_waits_for" UUID;

-- CreateTable
CREATE TABLE "pocket_guardian" (
    "id" UUID NOT NULL,
    "pocket_id" UUID NOT NULL,
    "guardian_id" UUID NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'pending',
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "decided_at" TIMESTAMPTZ(3),

    CONSTRAINT "pocket_guardian_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "pocket_guardian_guardian_id_created_at_id_idx" ON "pocket_guardian"("guardian_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "pocket_lock_unlock_waits_for_idx" ON "pocket_lock"("unlock_waits_for");

-- AddForeignKey
ALTER TABLE "pocket_guardian" ADD CONSTRAINT "pocket_guardian_pocket_id_fkey" FOREIGN KEY ("pocket_id") REFERENCES "pocket"("id") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- What follows cannot be said in schema.prisma.
--
-- A lock may have a guardian: another person, who has to accept, and whose approval the end of the lock then needs besides the delay. The
-- lock says whom it waits for, so that whether it holds is still told by its row, the balance and the clock. A guardian never strands
-- the money: one who goes (steps down, is erased) is no longer waited for, and one who says nothing is waited for 30 days after the
-- delay. That a guardian was blocked changes nothing: else a thief would block them.

ALTER TABLE pocket_guardian ADD CONSTRAINT pocket_guardian_status CHECK (status IN ('pending', 'accepted', 'declined', 'ended'));
ALTER TABLE pocket_lock ADD CONSTRAINT pocket_lock_waits CHECK (unlock_waits_for IS NULL OR unlock_at IS NOT NULL);
CREATE UNIQUE INDEX pocket_guardian_present ON pocket_guardian (pocket_id) WHERE status <> 'ended';

-- How long a guardian's silence is waited out. In hours: a day of it is as long in every time zone.
CREATE FUNCTION guardian_silence() RETURNS interval LANGUAGE sql IMMUTABLE RETURN interval '720 hours';

CREATE OR REPLACE FUNCTION lock_of(pocket uuid) RETURNS jsonb LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT jsonb_build_object('until', l.until, 'untilMinor', l.until_minor, 'delayHours', l.delay_hours, 'loweredHours', l.lowered_hours,
    'loweredAt', l.lowered_at, 'amountReached', l.amount_reached, 'unlockBy', l.unlock_by, 'unlockAt', l.unlock_at,
    'unlockWaitsFor', l.unlock_waits_for, 'lockedAt', l.locked_at,
    'guardian', (SELECT jsonb_build_object('guardianId', g.guardian_id, 'status', g.status) FROM pocket_guardian g
      WHERE g.pocket_id = l.pocket_id AND g.status <> 'ended'))
  FROM pocket_lock l WHERE l.pocket_id = pocket;
END;

-- Whether a lock still holds the money at a time, given what is in the pocket.
CREATE OR REPLACE FUNCTION is_in_force(held pocket_lock, balance bigint, at timestamptz) RETURNS boolean LANGUAGE sql STABLE
RETURN coalesce(NOT held.amount_reached, false) AND coalesce(held.until > at, true)
  AND coalesce(held.unlock_at + CASE WHEN held.unlock_waits_for IS NULL THEN interval '0' ELSE guardian_silence() END > at, true)
  AND coalesce(balance < held.until_minor, true);

CREATE FUNCTION lock_holds(named uuid, at timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM pocket_lock held JOIN pocket ON pocket.id = held.pocket_id JOIN ledger_account account ON account.id = held.pocket_id
    WHERE held.pocket_id = named AND pocket.closed_at IS NULL AND is_in_force(held, account.posted_minor, at))
$$;

-- A guardianship as its guardian sees it; over when its lock is.
CREATE FUNCTION guardianship_of(guardianship uuid, at timestamptz) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object('id', g.id, 'pocketId', g.pocket_id, 'pocketName', p.name, 'pocketEmoji', p.emoji, 'ownerId', p.owner_id,
    'guardianId', g.guardian_id, 'createdAt', g.created_at,
    'status', CASE WHEN g.status IN ('pending', 'accepted') AND NOT lock_holds(p.id, at) THEN 'ended' ELSE g.status END,
    'unlockBy', l.unlock_by, 'unlockAt', l.unlock_at, 'unlockWaitsFor', l.unlock_waits_for)
  FROM pocket_guardian g JOIN pocket p ON p.id = g.pocket_id JOIN pocket_lock l ON l.pocket_id = g.pocket_id WHERE g.id = guardianship
$$;

-- Another version of a pocket: its lock reads differently.
CREATE FUNCTION touch_pocket(named uuid, at timestamptz) RETURNS void LANGUAGE sql
BEGIN ATOMIC
  UPDATE pocket SET version = version + 1, updated_at = at WHERE id = named;
END;

-- Asks a person to guard a pocket's lock, in the place of one who has not accepted; false when they are asked already.
CREATE FUNCTION name_guardian(named uuid, guardian uuid, person uuid, at timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  asked uuid := uuidv7();
BEGIN
  IF guardian IS NULL OR EXISTS (
    SELECT FROM pocket_guardian WHERE pocket_id = named AND guardian_id = guardian AND status IN ('pending', 'accepted')
  ) THEN RETURN false; END IF;
  UPDATE pocket_guardian SET status = 'ended' WHERE pocket_id = named AND status <> 'ended';
  INSERT INTO pocket_guardian (id, pocket_id, guardian_id, created_at) VALUES (asked, named, guardian, at);
  PERFORM tell_person(guardian, 'pocket_invitation', 'invitation', asked, person);
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

-- In the place of the row that is there, not beside it: an erasure that waits for the row finds what has become of it.
CREATE FUNCTION put_lock(wanted pocket_lock) RETURNS void LANGUAGE sql AS $$
  INSERT INTO pocket_lock SELECT wanted.*
  ON CONFLICT (pocket_id) DO UPDATE SET until = excluded.until, until_minor = excluded.until_minor, delay_hours = excluded.delay_hours,
    lowered_hours = excluded.lowered_hours, lowered_at = excluded.lowered_at, amount_reached = excluded.amount_reached,
    unlock_by = excluded.unlock_by, unlock_at = excluded.unlock_at, unlock_waits_for = excluded.unlock_waits_for, locked_at = excluded.locked_at
$$;

-- A changed lock with what goes on from the present one: an unlock that was asked for, and the delay as long as it counts.
CREATE OR REPLACE FUNCTION keep_delay(wanted pocket_lock, present pocket_lock, at timestamptz) RETURNS pocket_lock LANGUAGE plpgsql AS $$
DECLARE
  delay smallint := delay_in_force(present, at);
BEGIN
  wanted.locked_at := present.locked_at;
  wanted.unlock_by := present.unlock_by;
  wanted.unlock_at := present.unlock_at;
  wanted.unlock_waits_for := present.unlock_waits_for;
  IF wanted.delay_hours < delay THEN
    wanted.lowered_hours := wanted.delay_hours;
    wanted.lowered_at := CASE WHEN present.lowered_at > at AND present.lowered_hours <= wanted.delay_hours
      THEN present.lowered_at ELSE at + delay * interval '1 hour' END;
    wanted.delay_hours := delay;
  END IF;
  RETURN wanted;
END $$;

-- {ownerId, pocketId, at}: asks for the lock to end, after its delay and, where another person guards it, with their approval. Again, it
-- changes nothing. Whoever has money in the pocket may: a lock of the owner's keeps nobody's money for ever.
CREATE OR REPLACE FUNCTION unlock_pocket(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
DECLARE
  named uuid := (request ->> 'pocketId')::uuid;
  person uuid := (request ->> 'ownerId')::uuid;
  at timestamptz := (request ->> 'at')::timestamptz;
  held pocket_lock%ROWTYPE;
  guard pocket_guardian%ROWTYPE;
  reply jsonb;
BEGIN
  PERFORM lock_accounts(ARRAY(SELECT id FROM pocket WHERE id = named));
  reply := refuse_unlocking(named, person, at);
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  -- The guardian is held, so that one who is erased meanwhile is not waited for.
  SELECT * INTO guard FROM pocket_guardian WHERE pocket_id = named AND status = 'accepted' AND guardian_id <> person FOR SHARE;
  SELECT * INTO STRICT held FROM pocket_lock WHERE pocket_id = named;
  IF held.unlock_at IS NULL THEN
    UPDATE pocket_lock SET unlock_by = person, unlock_at = at + delay_in_force(held, at) * interval '1 hour', unlock_waits_for = guard.guardian_id
    WHERE pocket_id = named;
    PERFORM touch_pocket(named, at);
    IF guard.id IS NOT NULL THEN PERFORM tell_person(guard.guardian_id, 'pocket_invitation', 'invitation', guard.id, person); END IF;
  END IF;
  RETURN done(202, lock_of(named));
END $$;

-- {ownerId, pocketId, at}: takes the wish to unlock back; by who asked, or when they are gone by the owner. Again, it changes nothing.
CREATE OR REPLACE FUNCTION cancel_unlock(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
DECLARE
  named uuid := (request ->> 'pocketId')::uuid;
  person uuid := (request ->> 'ownerId')::uuid;
  at timestamptz := (request ->> 'at')::timestamptz;
  held pocket_lock%ROWTYPE;
  reply jsonb;
BEGIN
  PERFORM lock_accounts(ARRAY(SELECT id FROM pocket WHERE id = named));
  reply := refuse_unlocking(named, person, at);
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  SELECT * INTO STRICT held FROM pocket_lock WHERE pocket_id = named;
  IF held.unlock_by <> person AND (member_role(named, person) <> 'owner' OR member_role(named, held.unlock_by) IS NOT NULL) THEN
    RETURN refuse('forbidden');
  END IF;
  IF held.unlock_at IS NOT NULL THEN
    UPDATE pocket_lock SET unlock_by = NULL, unlock_at = NULL, unlock_waits_for = NULL WHERE pocket_id = named;
    PERFORM touch_pocket(named, at);
  END IF;
  RETURN done(204, NULL);
END $$;

-- {ownerId, guardianshipId, accepts, at}: the guardian says yes, says no, or steps down. The same again changes nothing. An unlock that
-- was asked for before they accepted does not wait for them.
CREATE FUNCTION decide_guardianship(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  asked uuid := (request ->> 'guardianshipId')::uuid;
  at timestamptz := (request ->> 'at')::timestamptz;
  wanted text := CASE WHEN (request ->> 'accepts')::boolean THEN 'accepted' ELSE 'declined' END;
  guard pocket_guardian%ROWTYPE;
BEGIN
  IF NOT hold_person(person) THEN RETURN refuse('not_found'); END IF;
  SELECT * INTO guard FROM pocket_guardian WHERE id = asked AND guardian_id = person;
  IF NOT FOUND THEN RETURN refuse('not_found'); END IF;
  PERFORM lock_accounts(ARRAY[guard.pocket_id]);
  SELECT * INTO STRICT guard FROM pocket_guardian WHERE id = asked;
  IF guard.status <> wanted THEN
    IF guard.status NOT IN ('pending', 'accepted') OR NOT lock_holds(guard.pocket_id, at) THEN RETURN refuse('guardianship_not_pending'); END IF;
    UPDATE pocket_guardian SET status = wanted, decided_at = at WHERE id = asked;
    IF wanted = 'declined' THEN PERFORM stop_waiting(person, guard.pocket_id, at); END IF;
    PERFORM touch_pocket(guard.pocket_id, at);
  END IF;
  RETURN done(200, guardianship_of(asked, at));
END $$;

-- The locks, or the one named, no longer wait for a guardian who has gone. The delay begins anew, for whoever asked may be a thief; not
-- beyond what silence would have taken.
CREATE FUNCTION stop_waiting(guardian uuid, named uuid, at timestamptz) RETURNS void LANGUAGE sql AS $$
  UPDATE pocket_lock held
  SET unlock_waits_for = NULL,
      unlock_at = least(greatest(unlock_at, at + delay_in_force(held, at) * interval '1 hour'), unlock_at + guardian_silence())
  WHERE unlock_waits_for = guardian AND (named IS NULL OR pocket_id = named)
$$;

-- {ownerId, pocketId, at}: the guardian lets the lock end when its delay has passed. Again, it changes nothing.
CREATE FUNCTION approve_unlock(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  named uuid := (request ->> 'pocketId')::uuid;
  at timestamptz := (request ->> 'at')::timestamptz;
  asked uuid;
BEGIN
  PERFORM lock_accounts(ARRAY(SELECT id FROM pocket WHERE id = named));
  SELECT id INTO asked FROM pocket_guardian WHERE pocket_id = named AND guardian_id = person AND status = 'accepted';
  IF NOT FOUND THEN RETURN refuse('not_found'); END IF;
  IF (SELECT unlock_at IS NULL FROM pocket_lock WHERE pocket_id = named) THEN RETURN refuse('unlock_not_requested'); END IF;
  UPDATE pocket_lock SET unlock_waits_for = NULL WHERE pocket_id = named AND unlock_waits_for = person;
  IF FOUND THEN PERFORM touch_pocket(named, at); END IF;
  RETURN done(200, guardianship_of(asked, at));
END $$;

-- An erased person guards nothing.
CREATE FUNCTION leave_guardianships(person uuid, at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  guarded uuid[];
BEGIN
  WITH gone AS (DELETE FROM pocket_guardian WHERE guardian_id = person RETURNING pocket_id, status)
  SELECT array_agg(pocket_id) INTO guarded FROM gone WHERE status <> 'ended';
  PERFORM stop_waiting(person, NULL, at);
  PERFORM touch_pocket(id, at) FROM pocket WHERE id = ANY (guarded);
END $$;

REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON pocket_guardian FROM financial;
REVOKE EXECUTE ON FUNCTION touch_pocket, name_guardian, put_lock, stop_waiting, leave_guardianships FROM PUBLIC, financial;
