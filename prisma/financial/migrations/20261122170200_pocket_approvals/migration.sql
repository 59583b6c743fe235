-- Approvals: what a member of a shared pocket asks the others to agree to, carried out once by the vote that completes it.

-- How many others must agree now: as many as when it was asked, but never more than have a say; for a closing everybody.
CREATE FUNCTION approvals_needed(asked pocket_approval) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN asked.status <> 'pending' THEN asked.needed WHEN asked.kind = 'closing' THEN count(*)
    ELSE least(asked.needed, count(*)) END
  FROM voices_beside(asked.pocket_id, asked.requester_id)
$$;

-- The votes that count: of members who have a say, and for what is decided of whoever gave them.
CREATE FUNCTION votes_for(asked pocket_approval, agreeing boolean) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT count(*) FROM pocket_approval_vote
  WHERE approval_id = asked.id AND approves = agreeing
    AND (asked.status <> 'pending' OR member_id IN (SELECT voices_beside(asked.pocket_id, asked.requester_id)))
$$;

-- An approval as a member sees it, with the member's own vote.
CREATE FUNCTION approval_of(approval uuid, viewer uuid) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object('id', a.id, 'pocketId', a.pocket_id, 'kind', a.kind, 'requesterId', a.requester_id,
    'amountMinor', a.request -> 'amountMinor', 'currency', p.currency, 'note', a.request -> 'note',
    'toPocketId', a.request -> 'toPocketId', 'policy', a.request -> 'policy', 'status', a.status,
    'approvals', votes_for(a, true), 'needed', approvals_needed(a), 'createdAt', a.created_at, 'expiresAt', a.expires_at,
    'movementId', a.transaction_id, 'viewerId', viewer,
    'viewerApproves', (SELECT approves FROM pocket_approval_vote WHERE approval_id = a.id AND member_id = viewer))
  FROM pocket_approval a JOIN pocket p ON p.id = a.pocket_id WHERE a.id = approval
$$;

-- Asks; what the same person asks already of policy or closing is not asked twice.
CREATE FUNCTION ask_approval(shared uuid, person uuid, asked_kind text, what jsonb, others integer, at timestamptz)
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
  END IF;
  RETURN approval_of(asked, person);
END $$;

CREATE FUNCTION ask_to_close(closing uuid, person uuid, cause jsonb, at timestamptz) RETURNS jsonb LANGUAGE sql VOLATILE
RETURN ask_approval(closing, person, 'closing', jsonb_build_object('source', cause),
  (SELECT count(*) FROM voices_beside(closing, person))::integer, at);

-- {ownerId, approvalId, approves, at}: a vote. The one that completes the approval carries it out; while that is not possible, the
-- vote is refused with the reason and not counted. The same vote again changes nothing; another one changes it while it is asked.
CREATE FUNCTION vote_on_approval(request jsonb) RETURNS jsonb
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

  IF agreeing AND votes_for(asked, true) + (said IS NOT TRUE)::integer >= approvals_needed(asked) THEN
    reply := carry_out_approval(asked, accounts, at);
    IF reply ->> 'outcome' = 'refused' THEN RETURN reply; END IF;
    UPDATE pocket_approval SET status = 'executed', needed = approvals_needed(asked), decided_at = at,
      transaction_id = (reply #>> '{body,id}')::uuid
    WHERE id = asked.id;
  ELSIF NOT agreeing AND votes_for(asked, false) + (said IS NOT FALSE)::integer
    > (SELECT count(*) FROM voices_beside(asked.pocket_id, asked.requester_id)) - approvals_needed(asked) THEN
    UPDATE pocket_approval SET status = 'rejected', needed = approvals_needed(asked), decided_at = at WHERE id = asked.id;
  END IF;
  INSERT INTO pocket_approval_vote (approval_id, member_id, approves, voted_at) VALUES (asked.id, person, agreeing, at)
  ON CONFLICT (approval_id, member_id) DO UPDATE SET approves = excluded.approves, voted_at = excluded.voted_at;
  RETURN done(200, approval_of(asked.id, person));
END $$;

-- What carrying out an approval would touch, the pocket's account always.
CREATE FUNCTION accounts_of_approval(asked pocket_approval) RETURNS uuid[] LANGUAGE plpgsql AS $$
BEGIN
  CASE asked.kind
    WHEN 'policy' THEN RETURN ARRAY[asked.pocket_id];
    WHEN 'closing' THEN RETURN asked.pocket_id || (
      SELECT array_agg(ensure_account(due.member_id, 'wallet', (SELECT currency FROM pocket WHERE id = asked.pocket_id)))
      FROM pocket_payouts(asked.pocket_id) due WHERE due.amount > 0);
    ELSE RETURN sides_of_move(asked.requester_id, asked.request ->> 'currency', asked.pocket_id, (asked.request ->> 'toPocketId')::uuid);
  END CASE;
END $$;

-- Does what was agreed to, or refuses and does nothing. A requester who may no longer have it makes it void.
CREATE FUNCTION carry_out_approval(asked pocket_approval, accounts uuid[], at timestamptz) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  amount bigint := (asked.request ->> 'amountMinor')::bigint;
  other uuid := (asked.request ->> 'toPocketId')::uuid;
  reply jsonb;
BEGIN
  IF asked.kind IN ('policy', 'closing') AND member_role(asked.pocket_id, asked.requester_id) IS DISTINCT FROM 'owner'
    OR refuse_member(asked.pocket_id, asked.requester_id, true) IS NOT NULL
    OR other IS NOT NULL AND refuse_member(other, asked.requester_id, false) IS NOT NULL
  THEN RETURN refuse('approval_not_pending'); END IF;

  IF asked.kind = 'policy' THEN
    PERFORM apply_policy(asked.pocket_id, asked.request -> 'policy', at);
    RETURN done(200, NULL);
  ELSIF asked.kind = 'closing' THEN
    RETURN pay_everybody(asked.pocket_id, asked.requester_id, asked.request ->> 'source', at, accounts);
  END IF;
  reply := refuse_carrying(asked.requester_id, amount, at, asked.pocket_id, other, accounts);
  IF reply IS NOT NULL THEN RETURN reply; END IF;
  RETURN done(201, jsonb_build_object('id', book(
    CASE WHEN other IS NULL THEN 'pocket_withdrawal' ELSE 'pocket_transfer' END, asked.requester_id, asked.request ->> 'source',
    asked.request ->> 'note', at, accounts, ARRAY[-amount, amount])));
END $$;

-- Pays a pocket out to its members by their shares, and closes it.
CREATE FUNCTION pay_everybody(closing uuid, person uuid, cause text, at timestamptz, locked uuid[]) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  account ledger_account%ROWTYPE;
  wallets uuid[];
  amounts bigint[];
  booked uuid;
  reply jsonb;
BEGIN
  SELECT * INTO STRICT account FROM ledger_account WHERE id = closing;
  IF account.status = 'closed' THEN RETURN refuse('pocket_closed'); END IF;
  IF account.posted_minor > 0 THEN
    SELECT array_agg(find_account(due.member_id, 'wallet', account.currency)), array_agg(due.amount) INTO wallets, amounts
    FROM pocket_payouts(closing) due WHERE due.amount > 0;
    -- Somebody is due money only since the accounts were locked: the same request finds them next time.
    IF array_position(wallets, NULL) IS NOT NULL OR NOT wallets <@ locked THEN RETURN refuse('conflict'); END IF;
    IF EXISTS (SELECT FROM unnest(wallets, amounts) AS payee (id, amount) JOIN ledger_account wallet USING (id)
      WHERE wallet.posted_minor + wallet.incoming_minor + payee.amount > balance_limit())
    THEN RETURN refuse('balance_limit_exceeded'); END IF;
    reply := coalesce(refuse_locked(closing, account.posted_minor, at), refuse_frozen(person, ARRAY[closing]));
    IF reply IS NOT NULL THEN RETURN reply; END IF;
    booked := book('payout', person, cause, NULL, at, closing || wallets, -account.posted_minor || amounts);
  END IF;
  PERFORM end_pocket(closing, at);
  RETURN done(200, jsonb_build_object('id', booked));
END $$;

REVOKE EXECUTE ON FUNCTION ask_approval, ask_to_close, accounts_of_approval, carry_out_approval, pay_everybody FROM PUBLIC, financial;
