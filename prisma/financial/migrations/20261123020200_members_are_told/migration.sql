-- The members of a pocket hear when their approval is asked for, what became of what they asked for, and when a lock is to end. No
-- notice says who did it: so it also reaches members who have blocked each other, and is no stranger's.

-- Whether one person may tell another something now: ten times a day (UTC).
CREATE FUNCTION may_tell(teller uuid, person uuid, at timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO asked_person AS kept (asker_id, asked_id, on_day, times) VALUES (teller, person, day_in('UTC', at), 1)
  ON CONFLICT (asker_id, asked_id) DO UPDATE
  SET on_day = excluded.on_day, times = CASE WHEN kept.on_day = excluded.on_day THEN kept.times + 1 ELSE 1 END
  WHERE kept.on_day <> excluded.on_day OR kept.times < 10;
  RETURN FOUND;
END $$;

-- Tells a person that another asks them something.
CREATE OR REPLACE FUNCTION ask_person(person uuid, subject_id uuid, asker uuid, at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF may_tell(asker, person, at) THEN PERFORM tell_person(person, 'pocket_invitation', 'invitation', subject_id, asker); END IF;
END $$;

-- Tells a member of a pocket what another one, or they themselves, did there.
CREATE FUNCTION tell_member(member uuid, notice_kind text, pocket uuid, doer uuid, at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF may_tell(doer, member, at) THEN PERFORM tell_person(member, notice_kind, 'pocket', pocket); END IF;
END $$;

-- Asks, and tells those who have a say; what the same person asks already of policy or closing is not asked twice.
CREATE OR REPLACE FUNCTION ask_approval(shared uuid, person uuid, asked_kind text, what jsonb, others integer, at timestamptz)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  asked uuid;
BEGIN
  IF asked_kind IN ('policy', 'closing') THEN
    SELECT id INTO asked FROM pocket_approval
    WHERE pocket_id = shared AND requester_id = person AND kind = asked_kind AND request = what AND status = 'pending' AND expires_at > at;
  END IF;
  IF asked IS NULL THEN
    asked := uuidv7();
    INSERT INTO pocket_approval (id, pocket_id, requester_id, kind, request, needed, created_at, expires_at)
    VALUES (asked, shared, person, asked_kind, what, others, at, at + interval '7 days');
    PERFORM tell_member(member_id, 'approval_requested', shared, person, at)
    FROM (SELECT voices_beside(shared, person) AS member_id ORDER BY member_id) voice;
  END IF;
  RETURN approval_of(asked, person);
END $$;

CREATE FUNCTION tell_requester() RETURNS trigger LANGUAGE plpgsql SET search_path = financial, pg_temp AS $$
BEGIN
  PERFORM tell_person(NEW.requester_id, 'approval_decided', 'pocket', NEW.pocket_id);
  RETURN NULL;
END $$;
CREATE TRIGGER requester_is_told AFTER UPDATE OF status ON pocket_approval FOR EACH ROW
  WHEN (OLD.status = 'pending' AND NEW.status IN ('executed', 'rejected')) EXECUTE FUNCTION tell_requester();

-- {ownerId, pocketId, at}: asks for the lock to end, after its delay and, where another person guards it, with their approval. Again, it
-- changes nothing. Whoever has money in the pocket may: a lock of the owner's keeps nobody's money for ever. All members are told, also who
-- asked: it may have been somebody else with their phone.
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
    PERFORM tell_member(member_id, 'unlock_requested', named, person, at)
    FROM (SELECT member_id FROM pocket_member WHERE pocket_id = named AND left_at IS NULL ORDER BY member_id) member;
    IF guard.id IS NOT NULL THEN PERFORM tell_person(guard.guardian_id, 'pocket_invitation', 'invitation', guard.id, person); END IF;
  END IF;
  RETURN done(202, lock_of(named));
END $$;

REVOKE EXECUTE ON FUNCTION may_tell, tell_member, tell_requester FROM PUBLIC, financial;
