-- Who saves together: invitations, roles, policy, approvals, leaving. As with movements, one act is one call of one function, which
-- takes one JSON object and answers one; each holds the lock of the pocket's account while it decides.

CREATE FUNCTION most_members() RETURNS integer LANGUAGE sql IMMUTABLE RETURN 200;

CREATE FUNCTION invitation_of(invitation uuid) RETURNS jsonb LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT jsonb_build_object('id', i.id, 'pocketId', i.pocket_id, 'pocketName', p.name, 'pocketEmoji', p.emoji, 'currency', p.currency,
    'inviterId', i.inviter_id, 'inviteeId', i.invitee_id, 'role', i.role, 'status', i.status,
    'createdAt', i.created_at, 'expiresAt', i.expires_at)
  FROM pocket_invitation i JOIN pocket p ON p.id = i.pocket_id WHERE i.id = invitation;
END;

CREATE FUNCTION member_of(pocket uuid, person uuid) RETURNS jsonb LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT jsonb_build_object('memberId', m.member_id, 'role', m.role, 'contributedMinor', m.contributed_minor,
    'withdrawnMinor', m.withdrawn_minor, 'currency', p.currency, 'joinedAt', m.joined_at)
  FROM pocket_member m JOIN pocket p ON p.id = m.pocket_id WHERE m.pocket_id = pocket AND m.member_id = person;
END;

CREATE FUNCTION policy_of(pocket_id uuid) RETURNS jsonb LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT jsonb_build_object('who', p.withdraw_who, 'approvals', p.approvals, 'aboveMinor', p.approvals_above_minor)
  FROM pocket p WHERE p.id = policy_of.pocket_id;
END;

-- Why a person may not manage an open pocket, its account locked; null for its owner.
CREATE FUNCTION refuse_manager(pocket_id uuid, person uuid) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  held text := member_role(pocket_id, person);
BEGIN
  IF held IS NULL THEN RETURN refuse('not_found'); END IF;
  IF held <> 'owner' THEN RETURN refuse('forbidden'); END IF;
  IF EXISTS (SELECT FROM pocket WHERE id = pocket_id AND closed_at IS NOT NULL) THEN RETURN refuse('pocket_closed'); END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION living_members(pocket uuid) RETURNS bigint LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT count(*) FROM pocket_member WHERE pocket_id = pocket AND left_at IS NULL;
END;

-- {ownerId, key, hash, pocketId, inviteeId, role, at}: asks a person to join, and tells them.
CREATE FUNCTION invite_to_pocket(request jsonb) RETURNS jsonb
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
  PERFORM tell_person(invitee, 'pocket_invitation', 'invitation', invited, person);
  RETURN keep_reply(request, 'createInvitation', done(201, invitation_of(invited)));
END $$;

-- {ownerId, invitationId, at}: the invited person joins; again, it changes nothing. Who was a member before takes up their old sums.
CREATE FUNCTION accept_invitation(request jsonb) RETURNS jsonb
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

  INSERT INTO pocket_member (pocket_id, member_id, role, joined_at) VALUES (invitation.pocket_id, person, invitation.role, at)
  ON CONFLICT (pocket_id, member_id) DO UPDATE SET role = excluded.role, joined_at = excluded.joined_at, left_at = NULL;
  UPDATE pocket_invitation SET status = 'accepted', decided_at = at WHERE id = invitation.id;
  RETURN done(200, invitation_of(invitation.id));
END $$;

-- {ownerId, invitationId, at}: the invited person says no.
CREATE FUNCTION decline_invitation(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
DECLARE
  invitation pocket_invitation%ROWTYPE;
BEGIN
  SELECT * INTO invitation FROM pocket_invitation
  WHERE id = (request ->> 'invitationId')::uuid AND invitee_id = (request ->> 'ownerId')::uuid;
  IF NOT FOUND THEN RETURN refuse('not_found'); END IF;
  RETURN end_invitation(invitation, 'declined', (request ->> 'at')::timestamptz);
END $$;

-- {ownerId, invitationId, at}: the pocket's owner takes it back.
CREATE FUNCTION withdraw_invitation(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
DECLARE
  invitation pocket_invitation%ROWTYPE;
  reply jsonb;
BEGIN
  SELECT * INTO invitation FROM pocket_invitation WHERE id = (request ->> 'invitationId')::uuid;
  IF NOT FOUND THEN RETURN refuse('not_found'); END IF;
  PERFORM lock_accounts(ARRAY[invitation.pocket_id]);
  IF invitation.status <> 'withdrawn' THEN
    reply := refuse_manager(invitation.pocket_id, (request ->> 'ownerId')::uuid);
    IF reply IS NOT NULL THEN RETURN reply; END IF;
  END IF;
  IF member_role(invitation.pocket_id, (request ->> 'ownerId')::uuid) IS NULL THEN RETURN refuse('not_found'); END IF;
  RETURN end_invitation(invitation, 'withdrawn', (request ->> 'at')::timestamptz);
END $$;

-- An invitation comes to an end without a new member; again, it changes nothing.
CREATE FUNCTION end_invitation(invitation pocket_invitation, ending text, at timestamptz) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
  PERFORM lock_accounts(ARRAY[invitation.pocket_id]);
  SELECT * INTO STRICT invitation FROM pocket_invitation WHERE id = invitation.id;
  IF invitation.status <> ending THEN
    IF invitation.status <> 'pending' OR invitation.expires_at <= at THEN RETURN refuse('invitation_not_pending'); END IF;
    UPDATE pocket_invitation SET status = ending, decided_at = at WHERE id = invitation.id;
  END IF;
  RETURN done(200, invitation_of(invitation.id));
END $$;

-- {ownerId, pocketId, memberId, role, at}: gives a member another role; `owner` hands the pocket over. A share was the old owner's
-- word to those who follow them: it does not pass to the new one.
CREATE FUNCTION set_member_role(request jsonb) RETURNS jsonb
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

  IF given = 'owner' THEN
    PERFORM hand_over(shared, person, member, at);
  ELSE
    UPDATE pocket_member SET role = given WHERE pocket_id = shared AND member_id = member;
    IF given = 'viewer' THEN PERFORM cancel_requests(shared, member, at); END IF;
  END IF;
  UPDATE pocket SET version = version + 1, updated_at = at WHERE id = shared;
  RETURN done(200, member_of(shared, member));
END $$;

CREATE FUNCTION hand_over(shared uuid, from_owner uuid, to_owner uuid, at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  UPDATE pocket_member SET role = 'contributor' WHERE pocket_id = shared AND member_id = from_owner;
  UPDATE pocket_member SET role = 'owner' WHERE pocket_id = shared AND member_id = to_owner;
  UPDATE pocket SET owner_id = to_owner, share_audience = NULL, share_shows_amount = false WHERE id = shared;
  UPDATE pocket_approval SET status = 'cancelled', decided_at = at
  WHERE pocket_id = shared AND status = 'pending' AND kind IN ('policy', 'closing');
END $$;

-- What a person asked for is no longer asked once they may not have it.
CREATE FUNCTION cancel_requests(shared uuid, person uuid, at timestamptz) RETURNS void LANGUAGE sql
BEGIN ATOMIC
  UPDATE pocket_approval SET status = 'cancelled', decided_at = at
  WHERE pocket_id = shared AND requester_id = person AND status = 'pending';
END;

-- {ownerId, key, hash, pocketId, memberId, source, at}: a member leaves, or the owner removes one; their own share is paid out.
CREATE FUNCTION leave_pocket(request jsonb) RETURNS jsonb
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
    reply := coalesce(refuse_move(shared, wallet, due), refuse_locked(shared, due, at), refuse_frozen(leaver, ARRAY[shared, wallet]));
    IF reply IS NOT NULL THEN RETURN reply; END IF;
    booked := book('payout', leaver, request ->> 'source', NULL, at, ARRAY[shared, wallet], ARRAY[-due, due]);
  END IF;
  PERFORM cancel_requests(shared, leaver, at);
  UPDATE pocket_member SET left_at = at WHERE pocket_id = shared AND member_id = leaver;
  UPDATE pocket SET version = version + 1, updated_at = at WHERE id = shared;
  RETURN keep_reply(request, 'deletePocketMember', done(200,
    member_of(shared, leaver) || jsonb_build_object('payoutMinor', due, 'movementId', booked)));
END $$;

-- {ownerId, pocketId, who, approvals, aboveMinor, at}: says who may take money out and who must agree. Less protection than there
-- is needs the approvals that are in force.
CREATE FUNCTION set_pocket_policy(request jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = financial, pg_temp AS $$
DECLARE
  person uuid := (request ->> 'ownerId')::uuid;
  shared uuid := (request ->> 'pocketId')::uuid;
  at timestamptz := (request ->> 'at')::timestamptz;
  wanted jsonb := jsonb_build_object('who', request -> 'who', 'approvals', request -> 'approvals', 'aboveMinor', request -> 'aboveMinor');
  needed integer;
  reply jsonb;
BEGIN
  PERFORM lock_accounts(ARRAY[shared]);
  reply := refuse_manager(shared, person);
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  IF wanted = policy_of(shared) THEN RETURN done(200, wanted); END IF;
  needed := approvals_in_force(shared, person);
  IF needed > 0 AND is_weaker(wanted, policy_of(shared)) THEN
    RETURN done(202, ask_approval(shared, person, 'policy', jsonb_build_object('policy', wanted), needed, at));
  END IF;
  PERFORM apply_policy(shared, wanted, at);
  RETURN done(200, wanted);
END $$;

CREATE FUNCTION is_weaker(wanted jsonb, present jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN (wanted ->> 'who' = 'contributors' AND present ->> 'who' = 'owner')
  OR (wanted ->> 'approvals')::bigint < (present ->> 'approvals')::bigint
  OR (wanted ->> 'aboveMinor')::bigint > (present ->> 'aboveMinor')::bigint;

CREATE FUNCTION apply_policy(shared uuid, wanted jsonb, at timestamptz) RETURNS void LANGUAGE sql
BEGIN ATOMIC
  UPDATE pocket SET withdraw_who = wanted ->> 'who', approvals = (wanted ->> 'approvals')::smallint,
    approvals_above_minor = (wanted ->> 'aboveMinor')::bigint, version = version + 1, updated_at = at
  WHERE id = shared;
END;

REVOKE EXECUTE ON FUNCTION end_invitation, hand_over, cancel_requests, apply_policy FROM PUBLIC, financial;
