-- CreateTable
CREATE TABLE "pocket_lock" (
    "pocket_id" UUID NOT NULL,
    "until" TIMESTAMPTZ(3),
    "until_minor" BIGINT,
    "delay_hours" SMALLINT NOT NULL,
    "lowered_hours" SMALLINT,
    "lowered_at" TIMESTAMPTZ(3),
    "amount_reached" BOOLEAN NOT NULL DEFAULT false,
    "unlock_by" UUID,
    "unlock_at" TIMESTAMPTZ(3),
    "locked_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "pocket_lock_pkey" PRIMARY KEY ("pocket_id")
);

-- CreateIndex
CREATE INDEX "pocket_lock_unlock_by_idx" ON "pocket_lock"("unlock_by");

-- AddForeignKey
ALTER TABLE "pocket_lock" ADD CONSTRAINT "pocket_lock_pocket_id_fkey" FOREIGN KEY ("pocket_id") REFERENCES "pocket"("id") ON DELETE RESTRICT ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE "pocket_lock" ADD CONSTRAINT "pocket_lock_pocket_id_unlock_by_fkey" FOREIGN KEY ("pocket_id", "unlock_by") REFERENCES "pocket_member"("pocket_id", "member_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What follows cannot be said in schema.prisma.
--
-- A lock holds the money of a pocket in it: until a time, until the balance has reached a sum, whichever comes first, or until somebody
-- unlocks it and the delay has passed. Nothing leaves while it is in force, so the balance only rises, and "has reached" needs no hook into bookings: it is
-- noted by the first who may take money out again. A lock that is over stays as a row until the next one.

ALTER TABLE pocket_lock
  ADD CONSTRAINT pocket_lock_amount CHECK (until_minor BETWEEN 1 AND balance_limit()),
  ADD CONSTRAINT pocket_lock_delay CHECK (delay_hours BETWEEN 0 AND 720),
  ADD CONSTRAINT pocket_lock_lowered CHECK ((lowered_hours IS NULL) = (lowered_at IS NULL) AND lowered_hours < delay_hours),
  ADD CONSTRAINT pocket_lock_unlock CHECK ((unlock_by IS NULL) = (unlock_at IS NULL));

-- What a pocket's lock says, in force or over; null where there never was one.
CREATE FUNCTION lock_of(pocket uuid) RETURNS jsonb LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT jsonb_build_object('until', l.until, 'untilMinor', l.until_minor, 'delayHours', l.delay_hours, 'loweredHours', l.lowered_hours,
    'loweredAt', l.lowered_at, 'amountReached', l.amount_reached, 'unlockBy', l.unlock_by, 'unlockAt', l.unlock_at, 'lockedAt', l.locked_at)
  FROM pocket_lock l WHERE l.pocket_id = pocket;
END;

-- Whether a lock still holds the money at a time, given what is in the pocket.
CREATE FUNCTION is_in_force(held pocket_lock, balance bigint, at timestamptz) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN coalesce(NOT held.amount_reached, false) AND coalesce(held.until > at, true) AND coalesce(held.unlock_at > at, true)
  AND coalesce(balance < held.until_minor, true);

-- The delay at a time: a lower one counts once the old one has passed.
CREATE FUNCTION delay_in_force(held pocket_lock, at timestamptz) RETURNS smallint LANGUAGE sql IMMUTABLE
RETURN CASE WHEN held.lowered_at <= at THEN held.lowered_hours ELSE held.delay_hours END;

-- Why no money may leave a pocket now, its account locked; null when it may.
CREATE OR REPLACE FUNCTION refuse_locked(pocket uuid, amount bigint, at timestamptz) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  held pocket_lock%ROWTYPE;
  balance bigint;
BEGIN
  SELECT * INTO held FROM pocket_lock WHERE pocket_id = pocket;
  IF NOT FOUND THEN RETURN NULL; END IF;
  SELECT posted_minor INTO STRICT balance FROM ledger_account WHERE id = pocket;
  IF is_in_force(held, balance, at) THEN RETURN refuse('pocket_locked'); END IF;
  IF held.until_minor <= balance AND NOT held.amount_reached THEN UPDATE pocket_lock SET amount_reached = true WHERE pocket_id = pocket; END IF;
  RETURN NULL;
END $$;

-- Whether one lock may let the money go earlier than another, unlocking apart.
CREATE FUNCTION opens_earlier(wanted pocket_lock, held pocket_lock) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN coalesce(wanted.until < coalesce(held.until, 'infinity'), false)
  OR coalesce(wanted.until_minor < coalesce(held.until_minor, balance_limit() + 1), false);

-- {ownerId, pocketId, until, untilMinor, delayHours, at}: locks a pocket, or makes its lock stronger at once. A shorter delay counts when
-- the old one has passed; a lock that would open earlier is refused. The same again changes nothing.
CREATE FUNCTION lock_pocket(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
DECLARE
  named uuid := (request ->> 'pocketId')::uuid;
  at timestamptz := (request ->> 'at')::timestamptz;
  balance bigint;
  present pocket_lock%ROWTYPE;
  wanted pocket_lock%ROWTYPE;
  reply jsonb;
BEGIN
  PERFORM lock_accounts(ARRAY(SELECT id FROM pocket WHERE id = named));
  reply := refuse_manager(named, (request ->> 'ownerId')::uuid);
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  SELECT posted_minor INTO STRICT balance FROM ledger_account WHERE id = named;
  SELECT * INTO present FROM pocket_lock WHERE pocket_id = named;
  wanted.pocket_id := named;
  wanted.until := (request ->> 'until')::timestamptz;
  wanted.until_minor := (request ->> 'untilMinor')::bigint;
  wanted.delay_hours := (request ->> 'delayHours')::smallint;
  wanted.amount_reached := false;
  wanted.locked_at := at;
  IF wanted.until <= at THEN RETURN refuse('lock_date_passed'); END IF;
  IF wanted.until_minor <= balance THEN RETURN refuse('lock_amount_reached'); END IF;

  IF is_in_force(present, balance, at) THEN
    IF opens_earlier(wanted, present) THEN RETURN refuse('lock_not_weakened'); END IF;
    wanted := keep_delay(wanted, present, at);
    IF wanted IS NOT DISTINCT FROM present THEN RETURN done(200, lock_of(named)); END IF;
  END IF;
  DELETE FROM pocket_lock WHERE pocket_id = named;
  INSERT INTO pocket_lock SELECT wanted.*;
  UPDATE pocket SET version = version + 1, updated_at = at WHERE id = named;
  RETURN done(200, lock_of(named));
END $$;

-- A changed lock with what goes on from the present one: an unlock that was asked for, and the delay as long as it counts.
CREATE FUNCTION keep_delay(wanted pocket_lock, present pocket_lock, at timestamptz) RETURNS pocket_lock LANGUAGE plpgsql AS $$
DECLARE
  delay smallint := delay_in_force(present, at);
BEGIN
  wanted.locked_at := present.locked_at;
  wanted.unlock_by := present.unlock_by;
  wanted.unlock_at := present.unlock_at;
  IF wanted.delay_hours < delay THEN
    wanted.lowered_hours := wanted.delay_hours;
    wanted.lowered_at := CASE WHEN present.lowered_at > at AND present.lowered_hours <= wanted.delay_hours
      THEN present.lowered_at ELSE at + delay * interval '1 hour' END;
    wanted.delay_hours := delay;
  END IF;
  RETURN wanted;
END $$;

-- Why a person may not unlock a pocket, its account locked; null for the owner and everybody who has a say.
CREATE FUNCTION refuse_unlocking(named uuid, person uuid, at timestamptz) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  member pocket_member%ROWTYPE;
  held pocket_lock%ROWTYPE;
BEGIN
  SELECT * INTO member FROM pocket_member WHERE pocket_id = named AND member_id = person AND left_at IS NULL;
  IF NOT FOUND THEN RETURN refuse('not_found'); END IF;
  IF member.role = 'viewer' AND member.contributed_minor <= member.withdrawn_minor THEN RETURN refuse('forbidden'); END IF;
  SELECT * INTO held FROM pocket_lock WHERE pocket_id = named;
  IF NOT FOUND OR NOT is_in_force(held, (SELECT posted_minor FROM ledger_account WHERE id = named), at) THEN
    RETURN refuse('pocket_not_locked');
  END IF;
  RETURN NULL;
END $$;

-- {ownerId, pocketId, at}: asks for the lock to end, after its delay. Again, it changes nothing. Whoever has money in the pocket may: a lock
-- of the owner's keeps nobody's money for longer than its delay.
CREATE FUNCTION unlock_pocket(request jsonb) RETURNS jsonb
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
  IF held.unlock_at IS NULL THEN
    UPDATE pocket_lock SET unlock_by = person, unlock_at = at + delay_in_force(held, at) * interval '1 hour' WHERE pocket_id = named;
    UPDATE pocket SET version = version + 1, updated_at = at WHERE id = named;
  END IF;
  RETURN done(202, lock_of(named));
END $$;

-- {ownerId, pocketId, at}: takes the wish to unlock back; by who asked, or when they are gone by the owner. Again, it changes nothing.
CREATE FUNCTION cancel_unlock(request jsonb) RETURNS jsonb
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
    UPDATE pocket_lock SET unlock_by = NULL, unlock_at = NULL WHERE pocket_id = named;
    UPDATE pocket SET version = version + 1, updated_at = at WHERE id = named;
  END IF;
  RETURN done(204, NULL);
END $$;

REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON pocket_lock FROM financial;
REVOKE EXECUTE ON FUNCTION keep_delay, refuse_unlocking FROM PUBLIC, financial;
