-- Leaving for good, with pockets that others save in too. Such a pocket is a reason not to close the account (closing_blockers);
-- where the person is erased all the same, it goes to who has contributed longest: nobody's money is stranded.

CREATE OR REPLACE FUNCTION closing_blockers(person uuid) RETURNS jsonb LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT coalesce(jsonb_agg(jsonb_build_object('kind', kind, 'ids', to_jsonb(ids[1:100])) ORDER BY kind), '[]') FROM (
    SELECT 'balance' AS kind, array_agg(id ORDER BY id) AS ids FROM (
      SELECT id FROM ledger_account WHERE owner_id = person AND kind <> 'pocket' AND posted_minor <> 0
      UNION ALL
      SELECT a.id FROM pocket_member m JOIN ledger_account a ON a.id = m.pocket_id
      WHERE m.member_id = person AND m.left_at IS NULL AND a.posted_minor > 0
        AND (m.contributed_minor > m.withdrawn_minor OR NOT EXISTS (SELECT FROM voices_beside(m.pocket_id, person)))
    ) held
    UNION ALL
    SELECT 'pending_transfer', array_agg(id ORDER BY id) FROM transfer
    WHERE owner_id = person AND status NOT IN ('settled', 'failed', 'cancelled', 'returned')
    UNION ALL
    SELECT 'owned_shared_pocket', array_agg(id ORDER BY id) FROM pocket
    WHERE owner_id = person AND closed_at IS NULL AND EXISTS (SELECT FROM voices_beside(id, person))
  ) found WHERE ids IS NOT NULL;
END;

-- The accounts whose entries are a person's to see: their own, and those of the pockets they are a member of.
CREATE FUNCTION accounts_of(person uuid) RETURNS SETOF uuid LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT id FROM ledger_account WHERE owner_id = person AND kind <> 'pocket'
  UNION ALL
  SELECT pocket_id FROM pocket_member WHERE member_id = person AND left_at IS NULL;
END;

-- {personId, pseudonym, at}: forgets a person and keeps the books. Transfers are locked before accounts, as advance_transfer does.
CREATE OR REPLACE FUNCTION erase_person(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
DECLARE
  person uuid := (request ->> 'personId')::uuid;
  pseudonym uuid := (request ->> 'pseudonym')::uuid;
  at timestamptz := (request ->> 'at')::timestamptz;
  blockers jsonb;
BEGIN
  IF house() IN (person, pseudonym) THEN RETURN refuse('forbidden'); END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('person ' || person, 0));
  IF NOT hold_person(person) THEN RETURN done(204, NULL); END IF;
  IF EXISTS (SELECT FROM ledger_account WHERE owner_id = pseudonym) THEN RAISE EXCEPTION 'a pseudonym is nobody else''s'; END IF;

  PERFORM FROM transfer WHERE owner_id = person ORDER BY id FOR UPDATE;
  PERFORM FROM ledger_account
  WHERE owner_id = person OR id IN (SELECT pocket_id FROM pocket_member WHERE member_id = person AND left_at IS NULL)
  ORDER BY id FOR UPDATE;
  SELECT coalesce(jsonb_agg(blocker), '[]') INTO blockers
  FROM jsonb_array_elements(closing_blockers(person)) blocker WHERE blocker ->> 'kind' <> 'owned_shared_pocket';
  IF blockers <> '[]' THEN
    RETURN refuse('closing_blocked') || jsonb_build_object('extensions', jsonb_build_object('blockers', blockers));
  END IF;

  PERFORM leave_all_pockets(person, at);
  PERFORM forget_details(person, at);
  PERFORM put_pseudonym(person, pseudonym);
  INSERT INTO erased_person (person_hash, erased_at) VALUES (person_hash(person), at);
  RETURN done(204, NULL);
END $$;

-- Hands the person's shared pockets over, closes the others, which are empty by now, and ends every membership.
CREATE FUNCTION leave_all_pockets(person uuid, at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  owned record;
BEGIN
  FOR owned IN
    SELECT p.id, (
      SELECT member_id FROM pocket_member
      WHERE pocket_id = p.id AND member_id IN (SELECT voices_beside(p.id, person))
      ORDER BY role = 'viewer', joined_at, member_id LIMIT 1) AS heir
    FROM pocket p WHERE p.owner_id = person AND p.closed_at IS NULL
  LOOP
    IF owned.heir IS NULL THEN
      PERFORM end_pocket(owned.id, at);
    ELSE
      PERFORM hand_over(owned.id, person, owned.heir, at);
      UPDATE pocket SET version = version + 1, updated_at = at WHERE id = owned.id;
    END IF;
  END LOOP;
  UPDATE pocket_approval SET status = 'cancelled', decided_at = at WHERE requester_id = person AND status = 'pending';
  UPDATE pocket_member SET left_at = at WHERE member_id = person AND left_at IS NULL;
END $$;

-- What says something about the person and is not needed for the books.
CREATE OR REPLACE FUNCTION forget_details(person uuid, at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  UPDATE pocket SET name = '', emoji = NULL, target_minor = NULL, target_date = NULL, monthly_minor = NULL,
    share_audience = NULL, share_shows_amount = false, updated_at = at, version = version + 1
  WHERE owner_id = person;
  UPDATE pocket_approval SET request = request - 'note' WHERE requester_id = person;
  DELETE FROM pocket_invitation WHERE invitee_id = person;
  DELETE FROM idempotency WHERE owner_id = person;
  DELETE FROM bank_account WHERE owner_id = person;
  DELETE FROM bank_connection WHERE owner_id = person;
END $$;

-- The pseudonym in the place of the person, wherever the person stands.
CREATE OR REPLACE FUNCTION put_pseudonym(person uuid, pseudonym uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('financial.erasure', person || ' ' || pseudonym, true);
  UPDATE ledger_entry SET owner_id = pseudonym WHERE account_id IN (SELECT id FROM ledger_account WHERE owner_id = person);
  UPDATE ledger_transaction SET owner_id = pseudonym, note = NULL WHERE owner_id = person;
  UPDATE pocket_month SET owner_id = pseudonym WHERE pocket_id IN (SELECT id FROM ledger_account WHERE owner_id = person);
  UPDATE pocket SET owner_id = pseudonym WHERE owner_id = person;
  UPDATE pocket_member SET member_id = pseudonym WHERE member_id = person;
  UPDATE pocket_invitation SET inviter_id = pseudonym WHERE inviter_id = person;
  UPDATE pocket_approval SET requester_id = pseudonym WHERE requester_id = person;
  UPDATE pocket_approval_vote SET member_id = pseudonym WHERE member_id = person;
  UPDATE transfer SET owner_id = pseudonym WHERE owner_id = person;
  UPDATE ledger_account SET owner_id = pseudonym, holder_id = CASE holder_id WHEN person THEN pseudonym ELSE holder_id END
  WHERE owner_id = person;
  PERFORM set_config('financial.erasure', '', true);
END $$;

REVOKE EXECUTE ON FUNCTION leave_all_pockets FROM PUBLIC, financial;
