-- AlterTable
ALTER TABLE "pocket_member" ADD COLUMN     "free_from" TIMESTAMPTZ(3);

-- What follows cannot be said in schema.prisma.

-- Requests no longer name such moments; nothing can read them in JSON.
UPDATE pocket_lock SET until = '9999-12-31T23:59:59Z' WHERE until >= '9999-12-31T23:59:59.999Z';

-- Who has waited for the end of a lock may leave, whatever lock is laid on the pocket meanwhile: for so long.
CREATE FUNCTION freedom() RETURNS interval LANGUAGE sql IMMUTABLE RETURN interval '7 days';

CREATE FUNCTION is_free(shared uuid, person uuid, at timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM pocket_member WHERE pocket_id = shared AND member_id = person AND free_from <= at AND at < free_from + freedom())
$$;

-- {ownerId, pocketId, at}: asks for the lock to end, after its delay and, where another person guards it, with their approval. Again, it
-- changes nothing. Whoever has money in the pocket may: a lock of the owner's keeps nobody's money for ever, nor do several in a row. All
-- members are told however often it is asked for anew, also who asked: it may have been somebody else with their phone.
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
  UPDATE pocket_member SET free_from = at + delay_in_force(held, at) * interval '1 hour'
    + CASE WHEN guard.id IS NULL THEN interval '0' ELSE guardian_silence() END
  WHERE pocket_id = named AND member_id = person AND (free_from IS NULL OR free_from + freedom() <= at);
  IF held.unlock_at IS NULL THEN
    UPDATE pocket_lock SET unlock_by = person, unlock_at = at + delay_in_force(held, at) * interval '1 hour', unlock_waits_for = guard.guardian_id
    WHERE pocket_id = named;
    PERFORM touch_pocket(named, at);
    PERFORM tell_person(member_id, 'unlock_requested', 'pocket', named)
    FROM (SELECT member_id FROM pocket_member WHERE pocket_id = named AND left_at IS NULL ORDER BY member_id) member;
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
  UPDATE pocket_member SET free_from = NULL WHERE pocket_id = named AND member_id = person;
  IF held.unlock_at IS NOT NULL THEN
    UPDATE pocket_lock SET unlock_by = NULL, unlock_at = NULL, unlock_waits_for = NULL WHERE pocket_id = named;
    PERFORM touch_pocket(named, at);
  END IF;
  RETURN done(204, NULL);
END $$;

-- {ownerId, key, hash, pocketId, memberId, source, at}: a member leaves, or the owner removes one; their own share is paid out.
CREATE OR REPLACE FUNCTION leave_pocket(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  shared uuid := (request ->> 'pocketId')::uuid;
  leaver uuid := (request ->> 'memberId')::uuid;
  at timestamptz := (request ->> 'at')::timestamptz;
  wallet uuid;
  due bigint;
  booked uuid;
  reply jsonb := claim_request(request, 'deletePocketMember');
BEGIN
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  IF member_role(shared, person) IS NULL THEN RETURN refuse('not_found'); END IF;
  IF leaver <> person AND member_role(shared, person) <> 'owner' THEN RETURN refuse('forbidden'); END IF;
  IF member_role(shared, leaver) IS NULL THEN RETURN refuse('not_found'); END IF;
  wallet := ensure_account(leaver, 'wallet', (SELECT currency FROM pocket WHERE id = shared));
  PERFORM lock_accounts(ARRAY[shared, wallet]);
  IF member_role(shared, leaver) IS NULL OR member_role(shared, person) IS NULL THEN RETURN refuse('not_found'); END IF;
  IF leaver <> person AND member_role(shared, person) <> 'owner' THEN RETURN refuse('forbidden'); END IF;
  IF member_role(shared, leaver) = 'owner' THEN RETURN refuse('owner_must_hand_over'); END IF;

  due := (SELECT amount FROM pocket_payouts(shared) WHERE member_id = leaver);
  IF due > 0 THEN
    reply := coalesce(refuse_move(shared, wallet, due), CASE WHEN NOT is_free(shared, leaver, at) THEN refuse_locked(shared, due, at) END,
      refuse_frozen(leaver, ARRAY[shared, wallet]));
    IF reply IS NOT NULL THEN RETURN reply; END IF;
    booked := book('payout', leaver, request ->> 'source', NULL, at, ARRAY[shared, wallet], ARRAY[-due, due]);
  END IF;
  PERFORM cancel_requests(shared, leaver, at);
  UPDATE pocket_member SET left_at = at, free_from = NULL WHERE pocket_id = shared AND member_id = leaver;
  UPDATE pocket SET version = version + 1, updated_at = at WHERE id = shared;
  RETURN keep_reply(request, 'deletePocketMember', done(200,
    member_of(shared, leaver) || jsonb_build_object('payoutMinor', due, 'movementId', booked)));
END $$;

-- What a reversal takes out of a shared pocket is the person's own. Where the pocket holds less than was put in, all bear it by their sums,
-- and whoever took out theirs whole would leave it to the others: not while somebody else would get less on leaving than they put in.
CREATE OR REPLACE FUNCTION refuse_reversal(person uuid, giver uuid, taker uuid, amount bigint, at timestamptz) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  held text := member_role(giver, person);
  reply jsonb;
BEGIN
  IF EXISTS (SELECT FROM pocket WHERE id = giver) THEN
    IF held IS NULL THEN RETURN refuse('not_found'); END IF;
    IF EXISTS (SELECT FROM voices_beside(giver, person)) AND (
      amount > (SELECT contributed_minor - withdrawn_minor FROM pocket_member WHERE pocket_id = giver AND member_id = person)
      OR EXISTS (
        SELECT FROM pocket_member other JOIN pocket_payouts(giver) due USING (member_id)
        WHERE other.pocket_id = giver AND other.member_id <> person AND due.amount < other.contributed_minor - other.withdrawn_minor))
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

CREATE OR REPLACE FUNCTION hold_for_cover(origin uuid, person uuid, named uuid, money text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  -- The wallet is there before the pocket is locked, as where money moves: so neither waits for the other in a circle.
  PERFORM pg_advisory_xact_lock(hashtextextended('cover ' || origin, 0));
  PERFORM lock_accounts(ARRAY[named,
      CASE WHEN (SELECT currency FROM pocket WHERE id = named) = money THEN ensure_account(person, 'wallet', money) END]
    || ARRAY(SELECT pocket_id FROM cover WHERE origin_id = origin AND ended_at IS NULL));
END $$;

-- A closing cancels all that waits for the pocket, itself too, before it is marked as carried out.
CREATE OR REPLACE TRIGGER requester_is_told AFTER UPDATE OF status ON pocket_approval FOR EACH ROW
  WHEN (OLD.status <> NEW.status AND NEW.status IN ('executed', 'rejected')) EXECUTE FUNCTION tell_requester();

REVOKE EXECUTE ON FUNCTION freedom, is_free FROM PUBLIC, financial;
